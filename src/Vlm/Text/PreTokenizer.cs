using System.Text.Json;

namespace Vlm.Text;

/// <summary>Cuts a text into the pieces that byte-pair encoding works on, step after step.</summary>
internal sealed class PreTokenizer
{
    /// <summary>One step: cuts a piece of the text into smaller ones, in order.</summary>
    private delegate void Step(ReadOnlySpan<char> text, Piece piece, List<Piece> into);

    private readonly Step[] _steps;

    private PreTokenizer(IEnumerable<Step?> steps) => _steps = [.. steps.OfType<Step>()];

    /// <summary>SmolLM2's: every number alone, then GPT-2's words.</summary>
    public static PreTokenizer SmolLm2 { get; } =
        new([Scanning(Digits(individual: true)), ByteLevel(prefixSpace: false, words: true)]);

    /// <summary>Words of a byte-level vocabulary.</summary>
    /// <param name="scanner">How they are found.</param>
    /// <param name="prefixSpace">A space is put before a text that has none.</param>
    public static PreTokenizer Words(PieceScanner scanner, bool prefixSpace) =>
        new([ByteLevel(prefixSpace, words: false), Scanning(scanner)]);

    /// <summary>Reads the <c>pre_tokenizer</c> of a tokenizer.json.</summary>
    /// <exception cref="NotSupportedException">A step this project does not know.</exception>
    /// <exception cref="FormatException">A field is missing or of another kind.</exception>
    public static PreTokenizer Parse(JsonElement? json)
    {
        JsonElement[] steps = json is { } root ? [.. Flatten(root)] : [];
        if (!steps.Any(step => TypeOf(step) == "ByteLevel"))
            throw new NotSupportedException("its pre_tokenizer has no ByteLevel step; only byte-level BPE is read");
        return new PreTokenizer([.. steps.Select(ParseStep)]);
    }

    /// <summary>The pieces of a text, in order.</summary>
    public List<Piece> Split(ReadOnlySpan<char> text)
    {
        List<Piece> pieces = text.IsEmpty ? [] : [new Piece(0, text.Length)];
        foreach (Step step in _steps)
        {
            var cut = new List<Piece>(Math.Max(pieces.Count, (text.Length / 5) + 1));
            foreach (Piece piece in pieces)
                step(text, piece, cut);
            pieces = cut;
        }

        return pieces;
    }

    private static IEnumerable<JsonElement> Flatten(JsonElement json) =>
        TypeOf(json) == "Sequence" ? TokenizerJson.List(json, "pretokenizers").SelectMany(Flatten) : [json];

    private static string TypeOf(JsonElement json) => TokenizerJson.Text(json, "type");

    private static Step? ParseStep(JsonElement json) => TypeOf(json) switch
    {
        "ByteLevel" => ByteLevel(
            TokenizerJson.Flag(json, "add_prefix_space", true), TokenizerJson.Flag(json, "use_regex", true)),
        "Digits" => Scanning(Digits(TokenizerJson.Flag(json, "individual_digits", false))),
        "Split" => Split(json),
        string other => throw new NotSupportedException($"its pre_tokenizer step '{other}' is not known here"),
    };

    // Null where nothing is cut: to stand for bytes is a matter of the vocabulary.
    private static Step? ByteLevel(bool prefixSpace, bool words)
    {
        Step? split = words ? Scanning(PieceScanners.Gpt2) : null;
        if (!prefixSpace)
            return split;
        split ??= (_, piece, into) => into.Add(piece);
        return (text, piece, into) =>
            split(text, piece with { Padded = piece.Padded || piece.Of(text)[0] != ' ' }, into);
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
        SplitPattern pattern = SplitPattern.Parse(TokenizerJson.Field(json, "pattern"));
        SplitBehavior behavior = BehaviorOf(TokenizerJson.Text(json, "behavior"));
        return behavior == SplitBehavior.Isolated && pattern.Scanner is { } scanner
            ? Scanning(scanner)
            : Splitting(pattern, behavior, TokenizerJson.Flag(json, "invert", false));
    }

    private static SplitBehavior BehaviorOf(string name) =>
        Enum.GetNames<SplitBehavior>().Contains(name)
            ? Enum.Parse<SplitBehavior>(name)
            : throw new NotSupportedException($"its Split step's behavior '{name}' is not known here");

    private static Step Scanning(PieceScanner scanner) => (text, piece, into) =>
    {
        ReadOnlySpan<char> letters = piece.Of(text);
        for (int at = 0; at < letters.Length;)
        {
            int end = scanner(letters, at);
            into.Add(piece.Part(at, end));
            at = end;
        }
    };

    private static Step Splitting(SplitPattern pattern, SplitBehavior behavior, bool invert) => (text, piece, into) =>
    {
        var stretches = new List<Stretch>();
        pattern.Find(piece.Of(text), stretches);
        if (invert)
            stretches = [.. stretches.Select(stretch => stretch with { Match = !stretch.Match })];
        SplitPattern.Apply(behavior, stretches, piece, into);
    };
}
