using Vlm.Tables;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

public sealed class ConversationsTests : IDisposable
{
    private static readonly string Chat = Turns("Q", "A")[1..^1];

    private readonly string _folder = Directory.CreateTempSubdirectory("talk").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string, string?[]> Places => new()
    {
        { "[]", "\"Why?\"", ["Why?"] },
        { "[\"a\"]", "\"<image>\\nWhy?\"", [null, "Why?"] },
        { "[\"a\"]", "\"Why?\\n<image>\"", ["Why?\n", null] },
        { "[\"a\"]", "\"Why?\"", [null, "Why?"] },
        { "[\"a\"]", "[{\"type\": \"text\", \"text\": \"Why?\"}, {\"type\": \"image\"}]", ["Why?", null] },
        { "[\"a\"]", "[{\"type\": \"image\"}, {\"type\": \"text\", \"text\": \"<image>\\nWhy?\"}]", [null, "Why?"] },
        { "[\"a\", \"b\"]", "\"<image><image>\\nWhich?\"", [null, null, "Which?"] },
        { "[\"a\", \"b\"]", "[{\"type\": \"image\"}, {\"type\": \"text\", \"text\": \"or <image>?\"}]", [null, "or ", null, "?"] },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public void Every_image_gets_one_place(string images, string content, string?[] expected)
    {
        File.WriteAllBytes(PathOf("a"), Pictures.Png(1, 2));
        File.WriteAllBytes(PathOf("b"), Pictures.Png(2, 1));
        string file = Written("one.jsonl",
            $$"""{"images": {{images}}, "messages": [{"role": "user", "content": {{content}}},"""
            + """{"role": "assistant", "content": "So."}]}""");

        Example example = Conversations.Read(file).Single();

        Assert.Equal(expected, Assert.Single(example.Messages).Content.Select(part => part.Text));
        Assert.Equal(expected.Count(part => part is null), example.Images.Count);
        Assert.Equal(("one-1.0", "talk", "So."), (example.Id, example.Kind, example.Answer));
    }

    // The second image is asked about after the first answer, so the first example has not seen it.
    [Fact]
    public void An_example_has_the_images_of_what_was_said_before_it()
    {
        Directory.CreateDirectory(PathOf("images"));
        File.WriteAllBytes(PathOf("images/a"), Pictures.Png(1, 2));
        File.WriteAllBytes(PathOf("images/b"), Pictures.Png(2, 1));
        string file = Written("two.json", """
            [{"images": ["a", "b"], "conversations": [
              {"from": "human", "value": "<image>\nFirst?"}, {"from": "gpt", "value": "One."},
              {"from": "human", "value": "And <image>?"}, {"from": "gpt", "value": "Two."}]}]
            """);

        Example[] read = [.. Conversations.Read(file, new ConversationOptions { Images = PathOf("images") })];

        Assert.Equal([1, 2], read.Select(example => example.Images.Count));
        Assert.Equal([1, 3], read.Select(example => example.Messages.Count));
        Assert.Equal([(1, 2), (2, 1)], read[1].Images.Select(image => image.Size("x")));
        Assert.DoesNotContain(read[1].Messages, turn => turn.Content.Any(part => part.Text == "Two."));
    }

    [Fact]
    public void Of_two_characters_the_second_answers()
    {
        string file = Written("roles.json", """
            [{"conversations": [{"role": "Ron", "value": "Look."}, {"role": "Hermione", "value": "I see."},
              {"role": "Ron", "value": "Well?"}]}]
            """);

        Example example = Conversations.Read(file).Single();

        Assert.Equal(["You are Hermione.", "Look."], example.Messages.Select(turn => turn.Content[0].Text));
        Assert.Equal("I see.", example.Answer);
    }

    // 20 conversations in two files: 10, 8 and 2 of them, whichever file the disk lists first.
    [Fact]
    public void Parts_share_no_conversation_and_follow_from_names_alone()
    {
        foreach (string name in (string[])["b", "a"])
            Written($"{name}.jsonl", string.Concat(
                Enumerable.Range(0, 10).Select(i => $"{{\"id\": \"{name}{i}\", {Chat}}}\n")));

        ConversationOptions[] options =
            [ConversationOptions.Imitate, ConversationOptions.Reinforce, ConversationOptions.HeldOut];
        string[][] parts = [.. options.Select(part => Conversations.Read(_folder, part).Select(example => example.Id).ToArray())];

        Assert.Equal([10, 8, 2], parts.Select(part => part.Length));
        Assert.Equal(20, parts.SelectMany(part => part).Distinct().Count());
        Assert.Equal(["b7.0", "b6.0"], parts[2]);
        Assert.Equal("a0.0", Conversations.Read(_folder).First().Id);
        Assert.NotEqual(parts[0], Conversations.Read(
            _folder, ConversationOptions.Imitate with { Seed = 1 }).Select(example => example.Id));
        Assert.Equal(["B/x", "a/x", "a/y"], DataPaths.Sorted(["a/y", "B/x", "a/x"]));
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "{nonsense", "the line is not JSON" },
        { "[1]", "a row is no object" },
        { "{\"id\": 1}", "the row has no conversation" },
        { "{\"messages\": [{\"role\": \"user\", \"content\": \"Q\"}]}", "the row has no answer" },
        { "{\"messages\": [{\"role\": \"assistant\", \"content\": \"A\"}]}", "the conversation has no answer to a question" },
        { "{\"messages\": [{\"role\": \"tool\", \"content\": \"Q\"}]}", "there is no role 'tool'" },
        { "{\"messages\": [{\"content\": \"Q\"}]}", "a turn has no role" },
        { "{\"messages\": [{\"role\": \"user\"}]}", "a turn has no content" },
        { "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"audio\"}]}]}", "an item of a turn has type 'audio'" },
        { "{\"messages\": [3]}", "a turn is no object" },
        { "{\"query\": \"Q\", \"individual_RoleSet\": {}}", "the question has no reference answer" },
        { Turns("<image>\\nQ", "A"), "the messages have 1 places for 0 images" },
        { "{\"images\": [\"a\", \"b\"], " + Turns("<image>\\nQ", "A")[1..], "the messages have 1 places for 2 images" },
        { Turns("<|image_pad|>Q", "A"), "a text holds <|image_pad|>, which a model takes for more than text" },
        { Turns("Q", "<image>"), "an image stands in a turn of the assistant" },
        { Turns("Q", " "), "an answer is empty" },
        { "{\"image\": \"no.png\", " + Turns("Q", "A")[1..], "there is no image no.png in " },
        { "{\"image\": \"http://x/y.png\", " + Turns("Q", "A")[1..], "an image is 'http://x/y.png', an address; nothing is downloaded" },
        { Turns("\\ud800", "A"), "a text holds half a character (a lone surrogate)" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_row_is_refused_with_its_line(string line, string problem)
    {
        string file = Written("broken.jsonl", $"{{{Chat}}}\n\n{line}\n");

        var error = Assert.Throws<UsageException>(() => Conversations.Read(file).ToList());

        Assert.StartsWith(problem, error.Message);
        Assert.StartsWith($"{file}, line 3", error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    [Fact]
    public void A_broken_row_of_a_list_is_refused_with_its_line()
    {
        string row = Written("row.json", $"[\n  {{{Chat}}},\n  {{\n    \"id\": 7\n  }}\n]");
        string comma = Written("comma.json", $"[\n  {{{Chat}}}\n  {{{Chat}}}\n]");

        Assert.Equal($"{row}, line 3 (id 7)", Assert.Throws<UsageException>(() => Conversations.Read(row)).Where);
        Assert.Equal(
            $"error: the file is not JSON: '{{' is invalid after a value\n   at: {comma}, line 3\n  try: a list of objects: [{{...}}, {{...}}]",
            Assert.Throws<UsageException>(() => Conversations.Read(comma)).Render());
    }

    [Fact]
    public void A_column_that_nobody_asks_for_may_hold_anything()
    {
        string file = PathOf("columns.parquet");
        using (var database = DuckDb.Open())
            database.Execute($$"""
                COPY (SELECT now() AS made, current_date AS day, 18446744073709551615::UBIGINT AS hash,
                    MAP {'a': 1} AS more, [1, NULL] AS numbers,
                    [{'role': 'user', 'content': 'Q'}, {'role': 'assistant', 'content': 'A'}] AS messages)
                TO {{DuckDb.Literal(file)}} (FORMAT parquet)
                """);

        Assert.Equal("A", Conversations.Read(file).Single().Answer);
    }

    [Fact]
    public void A_broken_row_of_parquet_is_refused_with_its_number()
    {
        string file = PathOf("broken.parquet");
        ColumnType turns = ColumnType.List(ColumnType.Of(("role", ColumnType.Text), ("content", ColumnType.Text)));
        object?[] good = [new object?[] { "user", "Q" }, new object?[] { "assistant", "A" }];
        ParquetFile.Write(file, [new("messages", turns)], [[good], [new object?[] { new object?[] { "user", "Q" } }]]);

        Assert.Equal($"{file}, row 2", Assert.Throws<UsageException>(() => Conversations.Read(file)).Where);
    }

    [Fact]
    public void No_file_no_rows_and_a_part_without_conversations_are_refused()
    {
        string empty = Written("empty.jsonl", "\n"), one = Written("one.jsonl", $"{{{Chat}}}");
        Directory.CreateDirectory(PathOf("bare"));

        Assert.Equal("there is no such file", Refused(PathOf("no.json")).Message);
        Assert.Equal("the file has no rows", Refused(empty).Message);
        Assert.Equal("the folder holds no data files", Refused(PathOf("bare")).Message);
        Assert.Equal(
            $"error: 90 % to 95 % of 1 conversations is none\n   at: {one}\n  try: more conversations, or a larger part",
            Refused(one, ConversationOptions.HeldOut with { To = 0.95 }).Render());
        Assert.Equal(
            "a part from 0.5 to 0.5 is empty", Refused(one, new ConversationOptions { From = 0.5, To = 0.5 }).Message);
    }

    private static UsageException Refused(string path, ConversationOptions? options = null) =>
        Assert.Throws<UsageException>(() => Conversations.Read(path, options));

    private static string Turns(string ask, string answer) =>
        $$"""{"messages": [{"role": "user", "content": "{{ask}}"}, {"role": "assistant", "content": "{{answer}}"}]}""";

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Written(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
