using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace Vlm.Text;

/// <content>
/// What <see cref="Microsoft.ML.Tokenizers.Tokenizer"/> wants. Places count in the normalised text where the tokenizer
/// normalises and is let to, else in the text as given. A token that has a part of a character has the whole of it for
/// its place, and a limit never cuts between two that share one.
/// </content>
public sealed partial class Tokenizer
{
    private readonly PreTokenizerView _pieces;
    private readonly NormalizerView? _normal;

    /// <inheritdoc/>
    /// <remarks>Wants text that is normalised already; an added token is a piece.</remarks>
    public override Microsoft.ML.Tokenizers.PreTokenizer PreTokenizer => _pieces;

    /// <inheritdoc/>
    /// <remarks>Leaves added tokens that are found in the text as given as they are.</remarks>
    public override Microsoft.ML.Tokenizers.Normalizer? Normalizer => _normal;

    /// <inheritdoc/>
    /// <remarks>Ids outside the vocabulary stand for nothing; bytes that are no UTF-8 become U+FFFD.</remarks>
    public override string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return Decode((ReadOnlySpan<int>)(ids as int[] ?? [.. ids]), skipSpecial: false);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Where the destination is too small, the ids consumed are those whose characters are written: the rest, decoded,
    /// goes on from there. Ids outside the vocabulary stand for nothing; bytes that are no UTF-8 become U+FFFD.
    /// </remarks>
    public override OperationStatus Decode(
        IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        ArgumentNullException.ThrowIfNull(ids);
        (idsConsumed, charsWritten) = (0, 0);
        var (pending, read, written) = (new List<byte>(), 0, 0);
        foreach (int id in ids)
        {
            pending.AddRange(BytesOf(id, skipSpecial: false));
            read++;
            if (!Write(pending, destination, ref written, last: false))
                return OperationStatus.DestinationTooSmall;
            if (pending.Count == 0)
                (idsConsumed, charsWritten) = (read, written);
        }

        if (!Write(pending, destination, ref written, last: true))
            return OperationStatus.DestinationTooSmall;
        (idsConsumed, charsWritten) = (read, written);
        return OperationStatus.Done;
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        ReadOnlySpan<char> source = text is null ? textSpan : text;
        TokenList tokens = Encode(source, settings, places: true);
        int count = Fitting(tokens, settings.MaxTokenCount);
        return new EncodeResults<EncodedToken>
        {
            Tokens = [.. Enumerable.Range(0, count).Select(i => new EncodedToken(
                tokens.Ids[i], TokenOf(tokens.Ids[i])!, tokens.Places![i].Start..tokens.Places[i].End))],
            NormalizedText = tokens.Normal?.ToString(),
            CharsConsumed = EndOf(tokens, count, source),
        };
    }

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings)
    {
        ReadOnlySpan<char> source = text is null ? textSpan : text;
        TokenList tokens = Encode(source, settings, places: settings.MaxTokenCount < int.MaxValue);
        int count = Fitting(tokens, settings.MaxTokenCount);
        return new EncodeResults<int>
        {
            Tokens = CollectionsMarshal.AsSpan(tokens.Ids)[..count].ToArray(),
            NormalizedText = tokens.Normal?.ToString(),
            CharsConsumed = EndOf(tokens, count, source),
        };
    }

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Fitting(
            Encode(text is null ? textSpan : text, settings, places: settings.MaxTokenCount < int.MaxValue),
            settings.MaxTokenCount);

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(
        string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText,
        out int tokenCount)
    {
        ReadOnlySpan<char> source = text is null ? textSpan : text;
        int most = settings.MaxTokenCount;
        if (fromEnd && most > 0)
            settings.MaxTokenCount = int.MaxValue;

        TokenList tokens = Encode(source, settings, places: true);
        normalizedText = tokens.Normal?.ToString();
        if (!fromEnd)
        {
            tokenCount = Fitting(tokens, most);
            return EndOf(tokens, tokenCount, source);
        }

        int first = FirstFitting(tokens, most);
        tokenCount = tokens.Ids.Count - first;
        return first == 0 ? 0 : first < tokens.Ids.Count ? tokens.Places![first].Start : Length(tokens, source);
    }

    private TokenList Encode(ReadOnlySpan<char> text, EncodeSettings settings, bool places)
    {
        if (settings.MaxTokenCount <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(settings), settings.MaxTokenCount, "The most tokens to give must be above 0.");

        var tokens = new TokenList((text.Length / 3) + 4)
        {
            Places = places ? [] : null,
            Normal = settings.ConsiderNormalization && _encoder.Normalizes && !text.IsEmpty ? new(text.Length) : null,
        };
        _encoder.Encode(text, settings, tokens);
        return tokens;
    }

    // The most of the first tokens that are within the limit and end with a whole character.
    private static int Fitting(TokenList tokens, int most)
    {
        int count = Math.Min(tokens.Ids.Count, most);
        while (count < tokens.Ids.Count && !tokens.IsBorder(count))
            count--;
        return count;
    }

    private static int FirstFitting(TokenList tokens, int most)
    {
        int first = Math.Max(tokens.Ids.Count - most, 0);
        while (!tokens.IsBorder(first))
            first++;
        return first;
    }

    private static int EndOf(TokenList tokens, int count, ReadOnlySpan<char> text) =>
        count == tokens.Ids.Count ? Length(tokens, text) : count == 0 ? 0 : tokens.Places![count - 1].End;

    private static int Length(TokenList tokens, ReadOnlySpan<char> text) => tokens.Normal?.Length ?? text.Length;

    // Moves whole characters from the bytes to the destination; false where they do not fit.
    private static bool Write(List<byte> bytes, Span<char> destination, ref int written, bool last)
    {
        ReadOnlySpan<byte> rest = CollectionsMarshal.AsSpan(bytes);
        while (!rest.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(rest, out Rune rune, out int used);
            if (status == OperationStatus.NeedMoreData && !last)
                break;
            if (!rune.TryEncodeToUtf16(destination[written..], out int letters))
                return false;
            written += letters;
            rest = rest[used..];
        }

        bytes.RemoveRange(0, bytes.Count - rest.Length);
        return true;
    }
}
