using System.Text.Json;

namespace Vlm.Text;

/// <summary>Cuts a text into the pieces that byte-pair encoding works on, step after step.</summary>
internal sealed class PreTokenizer
{
    /// <summary>One step: cuts a piece into smaller ones, in order.</summary>
    private delegate void Step(ReadOnlyMemory<char> piece, List<ReadOnlyMemory<char>> into);

    private readonly Step[] _steps;

    private PreTokenizer(Step[] steps) => _steps = steps;

    /// <summary>SmolLM2's: every number alone, then GPT-2's words.</summary>
    public static PreTokenizer SmolLm2 { get; } = new(
    [
        Splitting(SplitPattern.Scanning(Digits(individual: true)), SplitBehavior.Isolated),
        ByteLevel(prefixSpace: false, words: true),
    ]);

    /// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json.</summary>
    /// <exception cref="NotSupportedException">A step this project does not know.</exception>
    public static PreTokenizer Parse(JsonElement json)
    {
        JsonElement[] steps = [.. Flatten(json)];
        if (!steps.Any(step => TypeOf(step) == "ByteLevel"))
            throw new NotSupportedException("its pre_tokenizer has no ByteLevel step; only byte-level BPE is read");
        return new PreTokenizer([.. steps.Select(ParseStep)]);
    }

    /// <summary>The pieces of a text, in order.</summary>
    public List<ReadOnlyMemory<char>> Split(ReadOnlyMemory<char> text)
    {
        List<ReadOnlyMemory<char>> pieces = [text];
        foreach (Step step in _steps)
        {
            var cut = new List<ReadOnlyMemory<char>>(pieces.Count * 2);
            foreach (ReadOnlyMemory<char> piece in pieces)
                if (!piece.IsEmpty)
                    step(piece, cut);
            pieces = cut;
        }

        return pieces;
    }

    private static IEnumerable<JsonElement> Flatten(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return [];
        return TypeOf(json) == "Sequence"
            ? json.GetProperty("pretokenizers").EnumerateArray().SelectMany(Flatten)
            : [json];
    }

    private static string TypeOf(JsonElement json) => json.GetProperty("type").GetString() ?? "";

    private static Step ParseStep(JsonElement json) => TypeOf(json) switch
    {
        "ByteLevel" => ByteLevel(Flag(json, "add_prefix_space", true), Flag(json, "use_regex", true)),
        "Digits" => Splitting(SplitPattern.Scanning(Digits(Flag(json, "individual_digits", false))),
            SplitBehavior.Isolated),
        "Split" => Split(json),
        string other => throw new NotSupportedException($"its pre_tokenizer step '{other}' is not known here"),
    };

    private static bool Flag(JsonElement json, string name, bool absent) =>
        json.TryGetProperty(name, out JsonElement value) ? value.GetBoolean() : absent;

    private static Step ByteLevel(bool prefixSpace, bool words)
    {
        Step split = words
            ? Splitting(SplitPattern.Scanning(PieceScanners.Gpt2), SplitBehavior.Isolated)
            : (piece, into) => into.Add(piece);
        if (!prefixSpace)
            return split;
        return (piece, into) => split(piece.Span[0] == ' ' ? piece : $" {piece}".AsMemory(), into);
    }

    // Everything between the numbers is one stretch; a number is a stretch alone, or with its neighbours.
    private static PieceScanner Digits(bool individual) => (text, at) =>
    {
        RuneKind kind = RuneScan.KindAt(text, at, out int length);
        if (kind == RuneKind.Number)
            return individual ? at + length : RuneScan.RunEnd(text, at, kind);
        for (; kind is not (RuneKind.Number or RuneKind.None); kind = RuneScan.KindAt(text, at, out length))
            at += length;
        return at;
    };

    private static Step Split(JsonElement json)
    {
        JsonElement source = json.GetProperty("pattern");
        SplitPattern pattern = source.TryGetProperty("Regex", out JsonElement regex)
            ? SplitPattern.Expression(regex.GetString()!)
            : SplitPattern.Literal(source.GetProperty("String").GetString()!);
        var behavior = Enum.Parse<SplitBehavior>(json.GetProperty("behavior").GetString()!);
        return Splitting(pattern, behavior, Flag(json, "invert", false));
    }

    private static Step Splitting(SplitPattern pattern, SplitBehavior behavior, bool invert = false) => (piece, into) =>
    {
        var stretches = new List<Stretch>();
        pattern.Find(piece, stretches);
        if (invert)
            stretches = [.. stretches.Select(stretch => stretch with { Match = !stretch.Match })];
        SplitPattern.Apply(behavior, stretches, piece, into);
    };
}
