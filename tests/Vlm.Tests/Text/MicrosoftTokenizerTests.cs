using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.ML.Tokenizers;
using Vlm.Testing;
using ML = Microsoft.ML.Tokenizers;
using Tokenizer = Vlm.Text.Tokenizer;

namespace Vlm.Tests.Text;

/// <summary>Ours beside Microsoft.ML.Tokenizers' own.</summary>
public class MicrosoftTokenizerTests
{
    [Theory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void Microsofts_byte_pairs_over_our_pieces_are_ours(string name)
    {
        (Tokenizer ours, BpeTokenizer theirs) = Both(name);

        RandomTexts.With().Sample(
            text =>
            {
                text = RandomTexts.WellFormed(text);
                IReadOnlyList<EncodedToken> expected = theirs.EncodeToTokens(text, out string? normal);
                IReadOnlyList<EncodedToken> tokens = ours.EncodeToTokens(text, out string? mine);
                bool places = !text.Any(char.IsSurrogate);
                Assert.Equal(normal, mine);
                Assert.Equal(Shown(expected, places), Shown(tokens, places));
            },
            iter: 3000, threads: 1);
    }

    // In ASCII: theirs cuts through characters of several tokens.
    [Theory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void A_limit_cuts_where_microsofts_cuts(string name)
    {
        (Tokenizer ours, BpeTokenizer theirs) = Both(name);

        Gen.Select(RandomTexts.With(), Gen.Int[1, 40], Gen.Bool, Gen.Bool).Sample(
            (text, most, cut, normalize) =>
            {
                text = string.Concat(text.Where(char.IsAscii));
                Assert.Equal(Limited(theirs, text, most, cut, normalize), Limited(ours, text, most, cut, normalize));
            },
            iter: 3000, threads: 1);
    }

    // The most of the first (last) ids, up to the limit, that decode to a start (an end) of the text: a cut character
    // would decode to U+FFFD, which these texts do not have.
    [Theory]
    [InlineData("tiny_smol")]
    [InlineData("tiny_qwen")]
    public void A_limit_never_cuts_a_character(string name)
    {
        (Tokenizer tokenizer, _) = Both(name);

        Gen.Select(RandomTexts.With("<|im_end|>"), Gen.Int[1, 40]).Sample(
            (text, most) =>
            {
                text = RandomTexts.WellFormed(text).Replace("\uFFFD", "");
                int[] ids = tokenizer.Encode(text);
                string whole = tokenizer.Decode(ids);
                int[] counts = [.. Enumerable.Range(0, Math.Min(most, ids.Length) + 1)];
                int first = counts.Last(
                    count => whole.StartsWith(tokenizer.Decode(ids.AsSpan(..count)), StringComparison.Ordinal));
                int last = counts.Last(
                    count => whole.EndsWith(tokenizer.Decode(ids.AsSpan(^count..)), StringComparison.Ordinal));

                IReadOnlyList<int> start = tokenizer.EncodeToIds(text, most, out string? normal, out int consumed);
                int from = tokenizer.GetIndexByTokenCountFromEnd(text, most, out _, out int fromEnd);

                Assert.Equal(whole, normal ?? text);
                Assert.Equal(ids[..first], start);
                Assert.Equal(whole[..consumed], tokenizer.Decode(start));
                Assert.Equal(consumed, tokenizer.GetIndexByTokenCount(text, most, out _, out int fromStart));
                Assert.Equal((first, last), (fromStart, fromEnd));
                Assert.Equal(whole[from..], tokenizer.Decode(ids.AsSpan(^fromEnd..)));
            },
            iter: 3000, threads: 1);
    }

    private static string Limited(ML.Tokenizer tokenizer, string text, int most, bool cut, bool normalize)
    {
        IReadOnlyList<int> ids = tokenizer.EncodeToIds(text, most, out string? normal, out int read, cut, normalize);
        int end = tokenizer.GetIndexByTokenCount(text, most, out _, out int fromStart, cut, normalize);
        int start = tokenizer.GetIndexByTokenCountFromEnd(text, most, out _, out int fromEnd, cut, normalize);
        return $"{string.Join(",", ids)} {normal} {read} {end} {fromStart} {start} {fromEnd} "
            + tokenizer.CountTokens(text, cut, normalize);
    }

    private static string Shown(IEnumerable<EncodedToken> tokens, bool places) =>
        string.Join(" ", tokens.Select(token => $"{token.Id} {token.Value} {(places ? token.Offset : default)}"));

    private static (Tokenizer Ours, BpeTokenizer Theirs) Both(string name)
    {
        string path = Fixtures.PathOf("tokenizers", $"{name}_tokenizer.json");
        Tokenizer ours = Tokenizer.Parse(File.ReadAllText(path), configJson: null, path);
        return (ours, Theirs(JsonNode.Parse(File.ReadAllText(path))!, ours));
    }

    private static BpeTokenizer Theirs(JsonNode json, Tokenizer ours) => BpeTokenizer.Create(new BpeOptions(
        json["model"]!["vocab"]!.AsObject().Select(entry => KeyValuePair.Create(entry.Key, (int)entry.Value!)))
    {
        Merges = json["model"]!["merges"]!.AsArray().Select(merge => $"{merge![0]} {merge[1]}"),
        ByteLevel = true,
        PreTokenizer = ours.PreTokenizer,
        Normalizer = ours.Normalizer,
    });
}
