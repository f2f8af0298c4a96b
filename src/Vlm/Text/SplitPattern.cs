using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vlm.Text;

/// <summary>What a Split step does with the delimiters its pattern finds.</summary>
internal enum SplitBehavior
{
    Removed,
    Isolated,
    MergedWithPrevious,
    MergedWithNext,
    Contiguous,
}

/// <summary>A stretch of text that a pattern matched, or the text between two matches.</summary>
internal readonly record struct Stretch(int Start, int End, bool Match);

/// <summary>A pattern of a tokenizer.json, as a function from a text to its stretches; these cover the text.</summary>
internal sealed class SplitPattern
{
    // The longest that one match may take: expressions come from files, and some need time without end.
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(1);

    private readonly Finder _find;

    private SplitPattern(Finder find, PieceScanner? scanner = null) => (_find, Scanner) = (find, scanner);

    private delegate void Finder(ReadOnlySpan<char> text, List<Stretch> into);

    /// <summary>What matches everywhere, with nothing between two matches; null for any other pattern.</summary>
    public PieceScanner? Scanner { get; }

    /// <summary>
    /// Finds the matches of a text and what lies between them, in order; none is empty. The list is empty before.
    /// </summary>
    /// <exception cref="UsageException">An expression takes more than a second for a match.</exception>
    public void Find(ReadOnlySpan<char> text, List<Stretch> into) => _find(text, into);

    /// <summary>Reads a <c>pattern</c>: <c>{"Regex": ...}</c> or <c>{"String": ...}</c>.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    /// <exception cref="ArgumentException">.NET cannot read the expression.</exception>
    public static SplitPattern Parse(JsonElement pattern) => TokenizerJson.Find(pattern, "Regex") is null
        ? Literal(TokenizerJson.Text(pattern, "String"))
        : Expression(TokenizerJson.Text(pattern, "Regex"));

    /// <summary>A scanner that matches everywhere.</summary>
    public static SplitPattern Scanning(PieceScanner scanner) => new((text, into) =>
    {
        for (int at = 0; at < text.Length;)
        {
            int end = scanner(text, at);
            into.Add(new Stretch(at, end, Match: true));
            at = end;
        }
    }, scanner);

    /// <summary>A literal text.</summary>
    public static SplitPattern Literal(string literal)
    {
        var regex = new Regex(Regex.Escape(literal));
        return new((text, into) => Match(regex, text, into));
    }

    /// <summary>
    /// A regular expression: one of the known ones by its scanner, any other by .NET's Regex, which differs in that it
    /// does not take U+017F, the long s, for an s where case is ignored.
    /// </summary>
    /// <exception cref="ArgumentException">.NET cannot read the expression.</exception>
    public static SplitPattern Expression(string pattern) => PieceScanners.For(pattern) is { } scanner
        ? Scanning(scanner)
        : Matching(new Regex(WithoutPossessives(pattern), RegexOptions.CultureInvariant, s_most));

    private static SplitPattern Matching(Regex regex) => new((text, into) =>
    {
        try
        {
            if (StandIns.For(text) is { } standIns)
                MatchAll(regex, standIns, into);
            else
                Match(regex, text, into);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new UsageException(
                $"the tokenizer's expression {regex} takes more than a second on a text of {text.Length} characters",
                "pre_tokenizer in tokenizer.json", "the tokenizer.json as its authors wrote it");
        }
    });

    private static void MatchAll(Regex regex, StandIns text, List<Stretch> into)
    {
        Match(regex, text.Text, into);
        foreach (ref Stretch stretch in CollectionsMarshal.AsSpan(into))
            stretch = stretch with { Start = text.Place(stretch.Start), End = text.Place(stretch.End) };
    }

    private static void Match(Regex regex, ReadOnlySpan<char> text, List<Stretch> into)
    {
        int at = 0;
        foreach (ValueMatch match in regex.EnumerateMatches(text))
        {
            if (match.Index > at)
                into.Add(new Stretch(at, match.Index, Match: false));
            if (match.Length > 0)
                into.Add(new Stretch(match.Index, match.Index + match.Length, Match: true));
            at = match.Index + match.Length;
        }

        if (at < text.Length)
            into.Add(new Stretch(at, text.Length, Match: false));
    }

    // .NET has no possessive quantifiers (?+ *+ ++). They forbid backtracking; in word patterns the greedy
    // quantifier matches the same. Escapes and character classes are stepped over.
    private static string WithoutPossessives(string pattern) =>
        Regex.Replace(pattern, @"(\\[pP]\{[^}]*\}|\\.|\[(?:\\.|[^\]\\])*\])|([?*+}])\+", "$1$2");

    /// <summary>Turns a piece's stretches into smaller pieces as <paramref name="behavior"/> says.</summary>
    public static void Apply(SplitBehavior behavior, List<Stretch> stretches, Piece piece, List<Piece> into)
    {
        for (int i = 0; i < stretches.Count;)
        {
            int last = LastOfPiece(behavior, stretches, i);
            if (behavior != SplitBehavior.Removed || !stretches[i].Match)
                into.Add(piece.Part(stretches[i].Start, stretches[last].End));
            i = last + 1;
        }
    }

    private static int LastOfPiece(SplitBehavior behavior, List<Stretch> stretches, int first)
    {
        bool starts = stretches[first].Match;
        bool Is(int i, bool match) => i < stretches.Count && stretches[i].Match == match;

        switch (behavior)
        {
            case SplitBehavior.MergedWithPrevious when !starts && Is(first + 1, match: true):
            case SplitBehavior.MergedWithNext when starts && Is(first + 1, match: false):
                return first + 1;
            case SplitBehavior.Contiguous:
                int last = first;
                while (Is(last + 1, starts))
                    last++;
                return last;
            default:
                return first;
        }
    }
}
