using System.Text.Json.Nodes;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>
/// A good row of each layout with one value exchanged, emptied or removed: it is read so that a prompt and a reward can be made of
/// it, or refused in three lines that name its row. Nothing else may happen.
/// </summary>
public sealed class DeviationTests : IDisposable
{
    private static readonly JsonNode?[] s_others =
    [
        null, "", " ", "a.png", "<image>", "no such thing", 3, -1.5, 1e300, true, new JsonArray(), new JsonObject(), new JsonArray("x", null),
        new JsonArray(new JsonArray(1, 2)), new JsonObject { ["type"] = "x", ["bytes"] = 3 }, new JsonArray(1, 2, 3, 4), "[1, 2", "{\"a\": [",
        "\u0001\u001b[31m", "data:image/png;base64,AAAA",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("deviations").FullName;

    public DeviationTests() => File.WriteAllBytes(Path.Combine(_folder, "a.png"), Pictures.Png(20, 10));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Rows => new()
    {
        { "own", """{"id": "1", "kind": "k", "image": {"path": "a.png", "bytes": null}, "question": "Q?", "answer": "B", "answer_type": "choice", "choices": ["a", "b"], "truth": "B"}""" },
        { "own", """{"id": "1", "images": ["a.png"], "messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Q?"}]}], "answer": "there", "box": [0.1, 0.2, 0.3, 0.4], "frame": "Unit", "frame_size": [20, 10], "reward": "iou", "metric": "acc@0.5"}""" },
        { "trl", """{"prompt": [{"role": "system", "content": "S"}, {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "Q?"}]}], "images": ["a.png"], "solution": "red"}""" },
        { "verl", """{"prompt": [{"role": "user", "content": "<image>Q?"}], "images": [{"path": "a.png"}], "reward_model": {"style": "rule", "ground_truth": "7"}, "extra_info": {"split": "train"}}""" },
        { "ms-swift", """{"messages": [{"role": "user", "content": "<image>Find <ref-object>"}, {"role": "assistant", "content": "<bbox>"}], "images": ["a.png"], "objects": {"ref": ["it"], "bbox": [[1, 2, 3, 4]], "bbox_type": "real"}}""" },
        { "ms-swift", """{"query": "<image>Q?", "response": "red", "history": [["a", "b"]], "system": "S", "images": ["a.png"]}""" },
        { "llava", """{"id": 3, "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nQ?"}, {"from": "gpt", "value": "red"}]}""" },
        { "messages", """{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png", "detail": "low"}}, {"type": "text", "text": "Q?"}]}, {"role": "assistant", "content": "red"}]}""" },
        { "easyr1", """{"problem": "<image>Q?", "answer": "7", "images": ["a.png"]}""" },
        { "vqa", """{"question_id": 4, "question": "See <image 1>?", "answers": [{"answer": "a"}, {"answer": "a"}], "image_1": "a.png", "image_2": null, "options": "['a', 'b']"}""" },
        { "vqa", """{"question": "Q?", "A": "x", "B": "y", "answer": "A", "image": "a.png", "answer_type": "yes/no"}""" },
        { "refcoco", """{"image": "a.png", "sentences": [{"sent": "the cup"}], "bbox": [12, 2, 5, 4]}""" },
        { "pcogalign", """{"query": "Q?", "response": "red", "individual_RoleSet": {"home": "cook"}, "image": "a.png"}""" },
        { "text", """{"text": "A text of some words."}""" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void One_deviation_is_read_or_refused_with_its_row(string layout, string row)
    {
        Assert.Equal(layout, Read(row)?.Report.Files.Single().Layout.Name);
        int read = 0, refused = 0;
        foreach (string changed in Deviations(row))
            if (Read(changed) is { } dataset)
            {
                read++;
                Assert.All(dataset.Examples, IsWhole);
            }
            else
            {
                refused++;
            }

        Assert.True(read > 0 && refused > 0, $"{read} read, {refused} refused");
    }

    [Fact]
    public void One_deviation_of_a_coco_file_is_read_or_refused()
    {
        const string file = """
            {"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4], "iscrowd": 0}], "categories": [{"id": 2, "name": "dog"}]}
            """;
        Assert.NotNull(Read(file, "coco.json"));
        Assert.Contains(Deviations(file), changed => Read(changed, "coco.json") is null);
    }

    private static void IsWhole(Example example)
    {
        Assert.Equal(example.Images.Count, example.Messages.Sum(turn => turn.Content.Count(part => part.IsImage)));
        Assert.Equal("user", example.Messages[^1].Role);
        Assert.NotEqual("", example.Answer);
        Assert.Null((example.Rewards ?? example.Truth.Kind.Rewards).Problem(example.Truth));
        Assert.DoesNotContain("<image", example.Question, StringComparison.Ordinal);
    }

    // Null where it was refused as it should be.
    private Dataset? Read(string row, string name = "rows.jsonl")
    {
        string file = Path.Combine(_folder, name);
        File.WriteAllText(file, row);
        try
        {
            return Dataset.Open(file);
        }
        catch (UsageException refused)
        {
            Assert.StartsWith(file, refused.Where);
            Assert.False(string.IsNullOrWhiteSpace(refused.Fix), row);
            return null;
        }
    }

    private static IEnumerable<string> Deviations(string row)
    {
        int count = Places(JsonNode.Parse(row)!).Count;
        for (int place = 0; place < count; place++)
        {
            foreach (JsonNode? other in s_others)
                yield return Changed(row, place, (parent, key) => Set(parent, key, other?.DeepClone()));
            yield return Changed(row, place, Remove);
            yield return Changed(row, place, Twice);
        }
    }

    private static string Changed(string row, int place, Action<JsonNode, object> change)
    {
        JsonNode root = JsonNode.Parse(row)!;
        (JsonNode parent, object key) = Places(root)[place];
        change(parent, key);
        return root.ToJsonString();
    }

    // Every value, with what holds it.
    private static List<(JsonNode Parent, object Key)> Places(JsonNode node) => node switch
    {
        JsonObject fields => [.. fields.ToArray().SelectMany(field =>
            (List<(JsonNode, object)>)[(fields, field.Key), .. field.Value is null ? [] : Places(field.Value)])],
        JsonArray list => [.. Enumerable.Range(0, list.Count).SelectMany(i =>
            (List<(JsonNode, object)>)[(list, i), .. list[i] is null ? [] : Places(list[i]!)])],
        _ => [],
    };

    private static void Set(JsonNode parent, object key, JsonNode? value)
    {
        if (parent is JsonObject fields)
            fields[(string)key] = value;
        else
            parent[(int)key] = value;
    }

    private static void Remove(JsonNode parent, object key)
    {
        if (parent is JsonObject fields)
            fields.Remove((string)key);
        else
            ((JsonArray)parent).RemoveAt((int)key);
    }

    private static void Twice(JsonNode parent, object key)
    {
        if (parent is JsonObject fields)
            fields["more_" + key] = fields[(string)key]?.DeepClone();
        else
            ((JsonArray)parent).Insert((int)key, parent[(int)key]?.DeepClone());
    }
}
