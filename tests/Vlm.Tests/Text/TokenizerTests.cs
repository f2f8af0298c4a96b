using System.Text;
using Vlm.Models.SmolVlm;
using Vlm.Text;

namespace Vlm.Tests.Text;

public class TokenizerTests
{
    private static readonly string[] s_corpus =
        ["The red circle is left of the blue square.", "How many circles are there? 3", "naïve café, über", "日本語の円"];

    private static readonly Tokenizer s_tokenizer =
        Tokenizer.Parse(SmolVlmTokens.Learn([.. s_corpus, .. s_corpus], 360), configJson: null, "learned");

    [Fact]
    public void Any_text_survives_the_way_to_ids_and_back()
    {
        var random = new RandomStream(1, "tokenizer-fuzz");
        int astral = 0;
        for (int i = 0; i < 3000; i++)
        {
            string text = RandomText(random);
            astral += text.Any(char.IsSurrogate) ? 1 : 0;

            int[] ids = s_tokenizer.Encode(text);

            Assert.Equal(text, s_tokenizer.Decode(ids));
            Assert.Equal(text, Streamed(ids));
        }

        Assert.InRange(astral, 300, 2999);
    }

    [Fact]
    public void Lone_surrogates_become_replacement_characters()
    {
        Assert.Equal("a\uFFFDb\uFFFD", s_tokenizer.Decode(s_tokenizer.Encode("a\uD83Db\uDC00")));
    }

    [Fact]
    public void Random_ids_decode_to_the_same_text_at_once_and_in_a_stream()
    {
        var random = new RandomStream(2, "tokenizer-fuzz");
        for (int i = 0; i < 2000; i++)
        {
            // 50 ids beyond the vocabulary stand for nothing.
            int bound = s_tokenizer.VocabularySize + 50;
            int[] ids = [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(bound))];
            Assert.Equal(s_tokenizer.Decode(ids), Streamed(ids));
        }
    }

    // The circle's 3 bytes E2 97 8B are 3 tokens of this vocabulary: nothing, nothing, the whole character.
    [Fact]
    public void A_stream_holds_back_an_incomplete_character()
    {
        int[] ids = s_tokenizer.Encode("○");
        TokenStream stream = s_tokenizer.Stream();

        Assert.Equal(3, ids.Length);
        Assert.Equal(["", "", "○", ""], [.. ids.Select(stream.Append), stream.Finish()]);

        TokenStream cut = s_tokenizer.Stream();
        Assert.Equal(["", "\uFFFD"], [cut.Append(ids[0]), cut.Finish()]);
    }

    [Fact]
    public void The_longest_added_token_wins_and_special_ones_can_be_left_out()
    {
        const string json = """
            {"added_tokens": [
              {"id": 4, "content": "<a>", "special": true},
              {"id": 5, "content": "<a><b>", "special": false, "normalized": false},
              {"id": 6, "content": "<s>", "special": true, "lstrip": true, "rstrip": true}],
             "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "model": {"type": "BPE", "vocab": {"x": 0, "y": 1, "Ġ": 2, "xy": 3}, "merges": ["x y"]}}
            """;
        Tokenizer tokenizer = Tokenizer.Parse(json, configJson: null, "inline");

        Assert.Equal([3, 4, 3, 5, 1, 0], tokenizer.Encode("xy<a>xy<a><b>yx"));
        Assert.Equal([0, 6, 1], tokenizer.Encode("x  <s> y"));
        Assert.Equal("xyxy<a><b>", tokenizer.Decode([3, 4, 3, 5], skipSpecial: true));
        Assert.Equal("xy<a>xy<a><b>", tokenizer.Decode([3, 4, 3, 5]));
        Assert.Equal([0], tokenizer.Encode("xé"));   // no bytes of é in the vocabulary, and no unknown token
    }

    // (ab)(c) by rank: "b c" is rank 1, "a b" rank 0. As a whole word "abc" has no merge that reaches it.
    [Fact]
    public void Whole_words_are_taken_only_when_merges_are_ignored()
    {
        static Tokenizer Parse(string ignore) => Tokenizer.Parse($$$"""
            {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "model": {"type": "BPE", "ignore_merges": {{{ignore}}},
             "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "bc": 4, "abc": 5}, "merges": [["a", "b"], ["b", "c"]]}}
            """, configJson: null, "inline");

        Assert.Equal([3, 2], Parse("false").Encode("abc"));
        Assert.Equal([5], Parse("true").Encode("abc"));
    }

    [Fact]
    public void A_prefix_space_and_numbers_together_are_options()
    {
        Tokenizer tokenizer = Tokenizer.Parse("""
            {"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "Digits", "individual_digits": false}, {"type": "ByteLevel", "add_prefix_space": true}]},
             "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
            """, configJson: null, "inline");

        Assert.Equal(["Ġa", "Ġ42", "Ġb"], tokenizer.Pieces("a42b"));
        Assert.Equal(["ĠÃ©", "ï¿½"], tokenizer.Pieces("e\u0301\uD83D"));   // one letter é, and a lone surrogate
    }

    // 40,000 new words and a bound of 32,768: the rest are encoded without being remembered. Four threads may each
    // pass the check once too often.
    [Fact]
    public void Many_threads_get_the_same_ids_from_a_cache_that_stays_bounded()
    {
        Tokenizer tokenizer = Tokenizer.Parse(SmolVlmTokens.Learn(s_corpus, 320), configJson: null, "learned");
        string[] words = [.. Enumerable.Range(0, 40_000).Select(
            i => string.Concat(i.ToString().Select(digit => (char)('a' + digit - '0'))))];
        var ids = new int[words.Length][];

        var threads = new ParallelOptions { MaxDegreeOfParallelism = 4 };
        Parallel.For(0, words.Length, threads, i => ids[i] = tokenizer.Encode(words[i]));

        Assert.InRange(tokenizer.CachedPieces, BytePairEncoder.MaxCached, BytePairEncoder.MaxCached + 4);
        for (int i = 0; i < words.Length; i += 37)
        {
            Assert.Equal(words[i], tokenizer.Decode(ids[i]));
            Assert.Equal(ids[i], tokenizer.Encode(words[i]));
        }
    }

    [Theory]
    [InlineData("Isolated", "a|,|b|,|,|c")]
    [InlineData("Removed", "a|b|c")]
    [InlineData("MergedWithPrevious", "a,|b,|,|c")]
    [InlineData("MergedWithNext", "a|,b|,|,c")]
    [InlineData("Contiguous", "a|,|b|,,|c")]
    public void A_split_does_with_its_delimiters_as_told(string behavior, string pieces)
    {
        Tokenizer tokenizer = Tokenizer.Parse($$$"""
            {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "Split", "pattern": {"String": ","}, "behavior": "{{{behavior}}}"}, {"type": "ByteLevel",
                "add_prefix_space": false, "use_regex": false}]},
             "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
            """, configJson: null, "inline");

        Assert.Equal(pieces.Split('|'), tokenizer.Pieces("a,b,,c"));
    }

    // An unknown expression goes to .NET; on text without astral letters it must agree with the scanner.
    [Fact]
    public void The_hand_written_scanners_agree_with_the_regular_expressions_they_stand_for()
    {
        var random = new RandomStream(3, "scanner-fuzz");
        string[] patterns = [PieceScanners.Gpt2Pattern, PieceScanners.QwenPattern, PieceScanners.Llama3Pattern];
        for (int i = 0; i < 3000; i++)
        {
            string text = string.Concat(RandomText(random).Where(c => !char.IsSurrogate(c) && c != '\u017F'));
            foreach (string pattern in patterns)
                Assert.Equal(
                    Cut(SplitPattern.Expression($"(?:{pattern})"), text), Cut(SplitPattern.Expression(pattern), text));
        }
    }

    // Llama 3's and GPT-4o's files write ?+ and ++; \p{L}+ and a + in brackets are no such thing.
    [Fact]
    public void Possessive_quantifiers_are_read_as_greedy_ones()
    {
        SplitPattern possessive = SplitPattern.Expression(@"[^\r\n\p{L}+]?+\p{L}++|[+]++|\++|\p{N}{1,3}+");

        Assert.Equal([(0, 3), (3, 5), (5, 8), (8, 9)], Cut(possessive, " ab++1234"));
    }

    [Theory]
    [InlineData("{", "the tokenizer cannot be read: ")]
    [InlineData("{}", "the tokenizer cannot be read: ")]
    [InlineData("""{"model": {"type": "Unigram"}}""",
        "the tokenizer cannot be read: its model type is 'Unigram'; only BPE is read")]
    [InlineData("""{"pre_tokenizer": {"type": "Metaspace"}, "model": {"type": "BPE", "vocab": {}, "merges": []}}""",
        "the tokenizer cannot be read: its pre_tokenizer has no ByteLevel step; only byte-level BPE is read")]
    public void A_tokenizer_of_another_kind_is_refused(string json, string message)
    {
        var error = Assert.Throws<UsageException>(() => Tokenizer.Parse(json, configJson: null, "x/tokenizer.json"));

        Assert.StartsWith(message, error.Message);
        Assert.Equal("x/tokenizer.json", error.Where);
    }

    private static List<(int, int)> Cut(SplitPattern pattern, string text)
    {
        var stretches = new List<Stretch>();
        pattern.Find(text, stretches);
        return [.. stretches.Select(stretch => (stretch.Start, stretch.End))];
    }

    private static string Streamed(int[] ids)
    {
        TokenStream stream = s_tokenizer.Stream();
        return string.Concat(ids.Select(stream.Append)) + stream.Finish();
    }

    private static string RandomText(RandomStream random)
    {
        string[] snippets =
        [
            "'s", "'LL", "  ", "\r\n", "\n", "\t", " 42", "½", "<image>", "<|im_", "the", "!?", "\u00A0", "e\u0301",
        ];
        var text = new StringBuilder();
        for (int n = random.Next(24); n > 0; n--)
            if (random.Next(2) == 0)
                text.Append(random.Pick(snippets));
            else
                text.Append(new Rune(RandomScalar(random)));
        return text.ToString();
    }

    private static int RandomScalar(RandomStream random)
    {
        int value = random.Next(random.Pick([0x80, 0x800, 0x10000, 0x110000]));
        return Rune.IsValid(value) ? value : 'x';
    }
}
