using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class SentenceVectorsTests
{
    // Letters and a space, each a token of its own; <image> is the model's placeholder.
    private static readonly Tokenizer s_tokenizer = Tokenizer.Parse($$$"""
        {"added_tokens": [{"id": {{{TinyModel.Image}}}, "content": "<image>", "special": true}],
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
         "model": {"type": "BPE", "merges": [],
           "vocab": {"a": 3, "b": 4, "c": 5, "d": 6, "Ġ": 7, "e": 8, "y": 9, "s": 10, "n": 11, "o": 12}}
        }
        """, configJson: null, "inline");

    private static readonly string[] s_texts = ["yes", "a", "bad dead bees", "", "no", "yes", " yes\n", "a<image>b", "  "];

    // The mean over real tokens of what a pass over this text alone gives, token by token.
    [Fact]
    public void A_vector_is_the_mean_of_the_text_s_own_states_in_any_company()
    {
        using SmolVlmModel model = TinyModel.Create();
        using var scope = NewDisposeScope();
        Tensor together = SentenceVectors.Of(model, s_tokenizer, s_texts);
        Tensor threes = SentenceVectors.Of(model, s_tokenizer, s_texts, batch: 3);

        Assert.Equal([9L, 24L], together.shape);
        Assert.False(together.requires_grad);
        foreach ((int row, string text) in s_texts.Index().Where(item => item.Item.Trim().Length > 0))
        {
            var prompt = new Prompt(text, text, s_tokenizer.Encode(text.Trim()), null, []);
            Tensor hidden = model.Prefill([prompt], new KvCache(model.Layers), textOnly: true).Hidden;
            float[] alone = hidden.detach()[0].mean([0]).data<float>().ToArray();
            Close(alone, Row(together, row));
            Close(alone, Row(threes, row));
            Close(alone, Row(SentenceVectors.Of(model, s_tokenizer, [text]), 0));
        }
    }

    [Fact]
    public void Equal_texts_have_equal_vectors_and_others_do_not()
    {
        using SmolVlmModel model = TinyModel.Create();
        using var scope = NewDisposeScope();
        Tensor vectors = SentenceVectors.Of(model, s_tokenizer, s_texts, batch: 2);

        Assert.Equal(Row(vectors, 0), Row(vectors, 5));
        Assert.Equal(Row(vectors, 0), Row(vectors, 6));             // white space around it says nothing
        Assert.InRange((vectors[0] - vectors[4]).abs().max().item<float>(), 1e-3f, float.MaxValue);
    }

    [Fact]
    public void A_text_without_tokens_is_zeros()
    {
        using SmolVlmModel model = TinyModel.Create();
        using var scope = NewDisposeScope();
        Tensor vectors = SentenceVectors.Of(model, s_tokenizer, s_texts);

        for (int row = 0; row < s_texts.Length; row++)
            Assert.Equal(row is 3 or 8, vectors[row].abs().sum().item<float>() == 0);
        Assert.Equal(new float[24], SentenceVectors.Of(model, s_tokenizer, [" "]).data<float>().ToArray());
    }

    // Five texts are different and not empty: a, no, yes, a<image>b, bad dead bees. In twos, the short ones first.
    [Fact]
    public void Each_text_is_read_once_with_others_of_its_length()
    {
        using var model = new Counting(TinyModel.Create());
        using var scope = NewDisposeScope();
        SentenceVectors.Of(model, s_tokenizer, s_texts, batch: 2);

        Assert.Equal([[1, 2], [3, 3], [13]], model.Passes);
    }

    private static float[] Row(Tensor vectors, int row) => vectors[row].data<float>().ToArray();

    // States after the norm are about 1 in size, and sums in another order differ by some 1e-7 of that.
    private static void Close(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-5);
    }

    /// <summary>A model that notes the lengths of what it reads.</summary>
    private sealed class Counting(IVisionLanguageModel model) : IVisionLanguageModel
    {
        public List<int[]> Passes { get; } = [];

        public int Layers => model.Layers;

        public int VocabSize => model.VocabSize;

        public int MaxPositions => model.MaxPositions;

        public int ImageToken => model.ImageToken;

        public IReadOnlyList<long> PixelShape => model.PixelShape;

        public Device Device => model.Device;

        public IReadOnlyList<(string Name, Parameter Value)> Parameters => model.Parameters;

        public IReadOnlyList<(string Name, LoraLinear Layer)> Projections => model.Projections;

        public DecoderConfig Sizes => model.Sizes;

        public ModelPart PartOf(string name) => model.PartOf(name);

        public bool GradientCheckpointing { get; set; }

        public IDisposable KeepVisionFeatures() => model.KeepVisionFeatures();

        public Prefilled Prefill(
            IReadOnlyList<Prompt> prompts, KvCache cache, Trace? trace = null, bool textOnly = false)
        {
            Passes.Add([.. prompts.Select(prompt => prompt.Tokens.Length)]);
            return model.Prefill(prompts, cache, trace, textOnly);
        }

        public Tensor Continue(Tensor tokens, Tensor positions, KvCache cache) => model.Continue(tokens, positions, cache);

        public Tensor Logits(Tensor hidden) => model.Logits(hidden);

        public Tensor Norm(Tensor x) => model.Norm(x);

        public void Dispose() => model.Dispose();
    }
}
