using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>One conversation as a file has it, before its images are read.</summary>
/// <param name="Row">Where it came from.</param>
/// <param name="Id">The row's id, or file and number.</param>
/// <param name="Turns">System, user and assistant turns; images stand in user turns alone.</param>
/// <param name="Images">One for each place, in order: a path, or the bytes.</param>
internal sealed partial record Dialogue(Row Row, string Id, IReadOnlyList<Message> Turns, IReadOnlyList<object> Images)
{
    private const string Mark = "<image>";

    /// <summary>What templates and models write where an image is; in a text they would be taken for one.</summary>
    private static readonly string[] s_tokens =
    [
        "<|image_pad|>", "<|vision_start|>", "<|vision_end|>", "<|video_pad|>", "<fake_token_around_image>", "<video>",
    ];

    /// <summary>The first mark of an image in a text, or null.</summary>
    public static string? MarkIn(string text) =>
        s_tokens.Prepend(Mark).FirstOrDefault(token => text.Contains(token, StringComparison.Ordinal));

    /// <summary>Reads a row in any of the layouts <see cref="Conversations"/> lists.</summary>
    public static Dialogue Read(Row row)
    {
        string id = row["id"] switch { string text => text, long number => $"{number}", _ => row.Name };
        (Message[] turns, object[] inside) = DialogueTurns.Read(row);
        object[] beside = [.. Listed(row["image"]), .. Listed(row["images"])];
        if (inside.Length > 0 && beside.Length > 0 && inside.Length != beside.Length)
            throw row.Wrong(
                $"the row lists {beside.Length} images and its messages name {inside.Length}", "name each image once");

        object[] images = beside.Length > 0 ? beside : inside;
        Check(turns, row);
        return new Dialogue(row, id, Placed(turns, images.Length, row), images);
    }

    /// <summary>The numbers of the turns that are answers.</summary>
    public IEnumerable<int> Answers => Enumerable.Range(0, Turns.Count).Where(turn => Turns[turn].Role == "assistant");

    /// <summary>The text of an answer.</summary>
    public string AnswerAt(int turn) => string.Concat(Turns[turn].Content.Select(part => part.Text));

    /// <summary>The number of image places before a turn.</summary>
    public int PlacesBefore(int turn) => Turns.Take(turn).Sum(Places);

    private static IEnumerable<object> Listed(object? value) => value switch
    {
        null => [],
        object?[] many => many.SelectMany(Listed),
        _ => [value],
    };

    private static void Check(Message[] turns, Row row)
    {
        int answer = Array.FindIndex(turns, turn => turn.Role == "assistant");
        int question = Array.FindIndex(turns, turn => turn.Role == "user");
        if (answer < 0 || question < 0 || answer < question)
            throw row.Wrong("the conversation has no answer to a question", "a user's turn, then an assistant's");
        if (Array.FindLastIndex(turns, turn => turn.Role == "system") > 0)
            throw row.Wrong("a system turn stands inside the conversation", "one system turn, before all others");
        foreach (Message turn in turns)
            Check(turn, row);
    }

    private static void Check(Message turn, Row row)
    {
        string text = string.Concat(turn.Content.Select(part => part.Text));
        if (turn.Role == "assistant" && string.IsNullOrWhiteSpace(text))
            throw row.Wrong("an answer is empty", "a text in every assistant turn");
        if (s_tokens.FirstOrDefault(token => text.Contains(token, StringComparison.Ordinal)) is { } token)
            throw row.Wrong(
                $"a text holds {token}, which a model takes for an image", $"{Mark} where the image stands");
        if (turn.Role != "user" && (Places(turn) > 0 || text.Contains(Mark, StringComparison.Ordinal)))
            throw row.Wrong($"an image stands in a turn of the {turn.Role}", "images in the user's turns alone");
    }

    // A file that has both a place and a literal mark for one image (as LLaVA's rows do) means one image.
    private static Message[] Placed(Message[] turns, int images, Row row)
    {
        int places = turns.Sum(Places), marks = turns.Sum(Marks);
        if (places == images && (marks == 0 || images > 0))
            return [.. turns.Select(turn => Replace(turn, []))];
        if (places + marks == images)
            return [.. turns.Select(turn => Replace(turn, [Content.Image]))];
        if (places + marks == 0)
            return InFront(turns, images);
        throw row.Wrong(
            $"the messages have {places + marks} places for {images} images",
            "one place for each image, or none: then they come before the first question");
    }

    private static Message[] InFront(Message[] turns, int images)
    {
        int first = Array.FindIndex(turns, turn => turn.Role == "user");
        IEnumerable<Content> places = Enumerable.Repeat(Content.Image, images);
        return [.. turns.Select((turn, i) => i == first ? turn with { Content = [.. places, .. turn.Content] } : turn)];
    }

    private static int Places(Message turn) => turn.Content.Count(part => part.IsImage);

    private static int Marks(Message turn) =>
        turn.Content.Sum(part => part.Text is { } text ? MarkLine().Count(text) : 0);

    private static Message Replace(Message turn, Content[] by) => turn with
    {
        Content = [.. turn.Content.SelectMany(part => part.Text is { } text ? Pieces(text, by) : [part])],
    };

    private static IEnumerable<Content> Pieces(string text, Content[] between) => MarkLine().Split(text)
        .SelectMany((piece, i) => i == 0 ? [new Content(piece)] : (Content[])[.. between, new(piece)])
        .Where(part => part.IsImage || part.Text!.Length > 0);

    [GeneratedRegex("<image>\n?")]
    private static partial Regex MarkLine();
}
