using System.Text;
using EncodeSettings = Microsoft.ML.Tokenizers.EncodeSettings;

namespace Vlm.Text;

/// <summary>
/// From text to ids, in the order of Hugging Face tokenizers: added tokens in the text as given, normalisation of what
/// lies between, added tokens in the normalised text, pieces, byte pairs.
/// </summary>
internal sealed class TextEncoder(TokenizerFile file)
{
    private readonly AddedTokens _raw = new(
        file.Added.Where(token => !token.Normalized).Select(token => (token.Content, token)));

    private readonly AddedTokens _normalized = new(
        file.Added.Where(token => token.Normalized).Select(token => (Normal(file, token.Content).ToString(), token)));

    /// <summary>True where text is changed before it is cut.</summary>
    public bool Normalizes => file.Normalize is not null;

    /// <summary>Appends the ids of a text; stops soon after there are more than the settings want.</summary>
    public void Encode(ReadOnlySpan<char> text, EncodeSettings settings, TokenList into)
    {
        foreach (Segment segment in _raw.Split(text))
        {
            ReadOnlySpan<char> stretch = text[segment.Start..segment.End];
            if (segment.Id is { } id)
                into.Add(id, into.Keep(stretch, segment.Start), stretch.Length);
            else
                EncodeRun(stretch, segment.Start, settings, into);
        }
    }

    /// <summary>A text as it is when it is cut: normalised but for added tokens.</summary>
    public string Normalized(ReadOnlySpan<char> text)
    {
        var normal = new StringBuilder(text.Length);
        foreach (Segment segment in _raw.Split(text))
            normal.Append(segment.Id is null
                ? Normal(file, text[segment.Start..segment.End])
                : text[segment.Start..segment.End]);
        return normal.ToString();
    }

    /// <summary>The pieces of a normalised text; an added token is one.</summary>
    public List<Piece> Cut(ReadOnlySpan<char> text)
    {
        var pieces = new List<Piece>();
        foreach (Segment outer in _raw.Split(text))
            if (outer.Id is null)
                CutRun(text[outer.Start..outer.End], outer.Start, pieces);
            else
                pieces.Add(new Piece(outer.Start, outer.End));
        return pieces;
    }

    /// <summary>The pieces of a text as if there were no added tokens, each in byte letters.</summary>
    public string[] Letters(string text)
    {
        string normal = Normal(file, text).ToString();
        return [.. file.PreTokenizer.Split(normal).Select(piece =>
            string.Concat(Encoding.UTF8.GetBytes(piece.Of(normal).ToArray()).Select(ByteAlphabet.LetterOf)))];
    }

    private void CutRun(ReadOnlySpan<char> run, int at, List<Piece> into)
    {
        foreach (Segment segment in _normalized.Split(run))
            if (segment.Id is not null)
                into.Add(new Piece(at + segment.Start, at + segment.End));
            else
                foreach (Piece piece in file.PreTokenizer.Split(run[segment.Start..segment.End]))
                    into.Add(piece with
                    {
                        Start = at + segment.Start + piece.Start,
                        End = at + segment.Start + piece.End,
                    });
    }

    private static ReadOnlySpan<char> Normal(TokenizerFile file, ReadOnlySpan<char> text) =>
        file.Normalize is not { } steps || (!steps.ChangesAscii && Ascii.IsValid(text)) ? text : steps.Apply(text.ToString());

    private void EncodeRun(ReadOnlySpan<char> run, int at, EncodeSettings settings, TokenList into)
    {
        ReadOnlySpan<char> normal = settings.ConsiderNormalization ? Normal(file, run) : run;
        int start = into.Keep(normal, at);
        if (_normalized.IsEmpty)
        {
            EncodePieces(normal, start, settings, into);
            return;
        }

        foreach (Segment segment in _normalized.Split(normal))
            if (segment.Id is { } id)
                into.Add(id, start + segment.Start, segment.End - segment.Start);
            else
                EncodePieces(normal[segment.Start..segment.End], start + segment.Start, settings, into);
    }

    private void EncodePieces(ReadOnlySpan<char> text, int at, EncodeSettings settings, TokenList into)
    {
        List<Piece> pieces = settings.ConsiderPreTokenization
            ? file.PreTokenizer.Split(text)
            : [new Piece(0, text.Length)];
        foreach (Piece piece in pieces)
        {
            if (into.Ids.Count > settings.MaxTokenCount)
                return;
            Word word = file.Encoder.Encode(piece.Of(text));
            into.Ids.AddRange(word.Ids);
            if (into.Places is not null)
                Locate(piece, piece.Of(text), word, at, into.Places);
        }
    }

    private static void Locate(
        Piece piece, ReadOnlySpan<char> letters, Word word, int at, List<(int Start, int End)> into)
    {
        (int Start, int End)[] owners = CharactersOfBytes(letters);
        int first = at + piece.Start;
        int shift = piece.Padded ? first - 1 : first;
        int from = 0;
        foreach (int end in word.Ends)
        {
            // The space that was put before the piece has no place in the text.
            into.Add((Math.Max(first, shift + owners[from].Start), Math.Max(first, shift + owners[end - 1].End)));
            from = end;
        }
    }

    // For each byte of the text's UTF-8, where the character it belongs to starts and ends.
    private static (int Start, int End)[] CharactersOfBytes(ReadOnlySpan<char> text)
    {
        var owners = new (int, int)[Encoding.UTF8.GetByteCount(text)];
        for (int at = 0, bytes = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            for (int i = 0; i < rune.Utf8SequenceLength; i++)
                owners[bytes++] = (at, at + length);
            at += length;
        }

        return owners;
    }
}
