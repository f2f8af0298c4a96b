using System.Buffers;
using CsCheck;
using Microsoft.ML.Tokenizers;
using Vlm.Models.SmolVlm;
using ML = Microsoft.ML.Tokenizers;
using Tokenizer = Vlm.Text.Tokenizer;

namespace Vlm.Tests.Text;

/// <summary>What a program sees that knows Microsoft.ML.Tokenizers alone.</summary>
public class TokenizerBaseTests
{
    // Ids: a 0, b 1, space 2, the bytes C3 A9 of é 3 and 4, ab 5, <s> 6, é as an added token 7.
    private static Tokenizer Small(string normalizer = "null", string prefix = "false", string normalized = "false") =>
        Tokenizer.Parse($$$"""
            {"normalizer": {{{normalizer}}},
             "added_tokens": [
               {"id": 6, "content": "<s>", "special": true, "lstrip": true, "normalized": false},
               {"id": 7, "content": "é!", "special": false, "normalized": {{{normalized}}}}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": {{{prefix}}}},
             "model": {"type": "BPE",
               "vocab": {"a": 0, "b": 1, "Ġ": 2, "Ã": 3, "©": 4, "ab": 5}, "merges": ["a b"]}}
            """, configJson: null, "inline");

    private static readonly ML.Tokenizer s_learned =
        Tokenizer.Parse(SmolVlmTokens.Learn(["the red circle", "naïve café"], 320), configJson: null, "learned");

    [Fact]
    public void Places_count_in_the_text_and_an_added_token_has_the_white_space_it_takes()
    {
        IReadOnlyList<EncodedToken> tokens = Small().EncodeToTokens("ab  <s>é a", out string? normal);

        Assert.Null(normal);
        Assert.Equal(
            [
                new EncodedToken(5, "ab", 0..2), new EncodedToken(6, "<s>", 2..7), new EncodedToken(3, "Ã", 7..8),
                new EncodedToken(4, "©", 7..8), new EncodedToken(2, "Ġ", 8..9), new EncodedToken(0, "a", 9..10),
            ],
            tokens);
    }

    // "<r>" takes the white space after it; what it has, "<s>" does not take a second time.
    [Fact]
    public void White_space_between_two_tokens_that_take_it_is_the_firsts()
    {
        Tokenizer tokenizer = Tokenizer.Parse("""
            {"added_tokens": [
               {"id": 1, "content": "<r>", "special": true, "rstrip": true},
               {"id": 2, "content": "<s>", "special": true, "lstrip": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
            """, configJson: null, "inline");

        Assert.Equal(
            [(0, 0..1), (1, 1..6), (2, 6..9), (2, 9..14)],
            tokenizer.EncodeToTokens("a<r>  <s>  <s>", out _).Select(token => (token.Id, token.Offset)));
    }

    [Fact]
    public void Places_count_in_the_normalised_text_where_there_is_one()
    {
        Tokenizer tokenizer = Small("""{"type": "NFC"}""");

        IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens("e\u0301a", out string? normal);
        IReadOnlyList<EncodedToken> raw =
            tokenizer.EncodeToTokens("e\u0301a", out string? none, considerNormalization: false);

        Assert.Equal("éa", normal);
        Assert.Equal([0..1, 0..1, 1..2], tokens.Select(token => token.Offset));
        Assert.Null(none);
        Assert.Equal([(0, 2..3)], raw.Where(token => token.Id == 0).Select(token => (token.Id, token.Offset)));
        Assert.Equal("éa", tokenizer.Normalizer!.Normalize("e\u0301a"));
        Assert.Null(Small().Normalizer);
    }

    // "ab" has the space that is put before it for its own; it has no place.
    [Fact]
    public void A_space_put_before_has_no_place()
    {
        IReadOnlyList<EncodedToken> tokens = Small(prefix: "true").EncodeToTokens("ab b", out _);

        Assert.Equal([(2, 0..0), (5, 0..2), (2, 2..3), (1, 3..4)], tokens.Select(token => (token.Id, token.Offset)));
        Assert.Equal([(0, 2), (2, 2)], Small(prefix: "true").PreTokenizer!.PreTokenize("ab b"));
        Assert.Equal([5], Small(prefix: "true").EncodeToIds("ab", considerPreTokenization: false));
    }

    // Not normalised, the token é! is only the composed text; normalised, it is both.
    [Fact]
    public void A_normalised_token_is_found_in_the_normalised_text()
    {
        const string form = """{"type": "NFC"}""";

        Assert.Equal([3, 4], Small(form, normalized: "false").EncodeToIds("e\u0301!"));
        Assert.Equal([7], Small(form, normalized: "false").EncodeToIds("é!"));
        Assert.Equal([7], Small(form, normalized: "true").EncodeToIds("e\u0301!"));
        Assert.Equal([(0, 2), (2, 1)], Small(form, normalized: "true").PreTokenizer!.PreTokenize("é!a"));
    }

    [Fact]
    public void A_limit_counts_ids_and_must_be_above_0()
    {
        Tokenizer tokenizer = Small();

        Assert.Equal([5, 6], tokenizer.EncodeToIds("ab <s>éa", 3, out _, out int read));   // é is two ids: 2 + 2 > 3
        Assert.Equal(6, read);
        Assert.Equal((7, 1), (tokenizer.GetIndexByTokenCountFromEnd("ab <s>éa", 2, out _, out int last), last));
        Assert.Equal((8, 0), (tokenizer.GetIndexByTokenCountFromEnd("ab <s>aé", 1, out _, out int none), none));
        Assert.Equal((0, 5), (tokenizer.GetIndexByTokenCountFromEnd("ab <s>aé", 5, out _, out int all), all));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.EncodeToIds("a", 0, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.GetIndexByTokenCountFromEnd("a", -1, out _, out _));
    }

    [Fact]
    public void All_ways_to_ids_give_the_same()
    {
        var ours = (Tokenizer)s_learned;
        RandomTexts.With("<image>").Sample(
            text =>
            {
                int[] ids = ours.Encode(text);
                Assert.Equal(ids, s_learned.EncodeToIds(text));
                Assert.Equal(ids, s_learned.EncodeToIds(text.AsSpan()));
                Assert.Equal(ids, s_learned.EncodeToIds(text, int.MaxValue, out _, out int read));
                Assert.Equal(text.Length, read);
                Assert.Equal(ids, s_learned.EncodeToTokens(text, out _).Select(token => token.Id));
                Assert.Equal(ids.Length, s_learned.CountTokens(text));
                Assert.Equal(ours.Decode(ids), s_learned.Decode(ids.AsEnumerable()));
            },
            iter: 2000, threads: 1);
    }

    [Fact]
    public void Text_decoded_in_small_parts_is_the_text_decoded_at_once()
    {
        var ours = (Tokenizer)s_learned;
        Gen.Select(Gen.Int[0, ours.VocabularySize + 5].Array[0, 40], Gen.Int[32, 60]).Sample(
            (ids, room) =>
            {
                var text = new System.Text.StringBuilder();
                char[] part = new char[room];   // 32 has room for the longest token
                OperationStatus status = OperationStatus.DestinationTooSmall;
                for (int at = 0; status == OperationStatus.DestinationTooSmall;)
                {
                    status = s_learned.Decode(ids.Skip(at), part, out int read, out int written);
                    Assert.True(read > 0 || status == OperationStatus.Done);
                    text.Append(part, 0, written);
                    at += read;
                }

                Assert.Equal(OperationStatus.Done, status);
                Assert.Equal(ours.Decode(ids), text.ToString());
            },
            iter: 2000, threads: 1);
    }

    [Fact]
    public void A_destination_without_room_is_said_to_be_too_small()
    {
        int[] first = ((Tokenizer)s_learned).Encode("th"), second = ((Tokenizer)s_learned).Encode("<image>");

        Assert.Equal(
            OperationStatus.DestinationTooSmall,
            s_learned.Decode([.. first, .. second], new char[5], out int read, out int written));
        Assert.Equal((first.Length, 2), (read, written));
        Assert.Equal((OperationStatus.Done, 0, 0), (s_learned.Decode([], [], out read, out written), read, written));
        Assert.Throws<ArgumentNullException>(() => s_learned.Decode(null!));
        Assert.Throws<ArgumentNullException>(() => s_learned.Decode(null!, new char[1], out _, out _));
    }
}
