using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Models;

/// <summary>
/// The model against what transformers 5.12.1 computed for the same weights (shared/fixtures/hf, README there), float32.
/// Vision features and hidden states within 2e-5, logits within 1e-4, greedy ids exact, gradients within 1e-4 of their largest.
/// </summary>
public class SmolVlmParityTests
{
    private const double HiddenTolerance = 2e-5, LogitTolerance = 1e-4, GradientTolerance = 1e-4;

    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string folder in (string[])["tiny_smolvlm", "tiny_idefics3_sharded"])
            foreach (string name in (string[])["case_a_single", "case_b_batch_leftpad", "case_c_text_only"])
                cases.Add(folder, name);
        return cases;
    }

    [SharedTheory]
    [MemberData(nameof(Cases))]
    public void Features_hidden_states_and_logits_are_the_references(string folder, string name)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using Fixture fixture = Fixture.Open(folder, $"{name}.safetensors");

        int compared = fixture.CompareForward();

        Assert.Equal(name switch { "case_a_single" => 7, "case_b_batch_leftpad" => 4, _ => 5 }, compared);
    }

    [SharedTheory]
    [MemberData(nameof(Cases))]
    public void Greedy_generation_gives_the_references_tokens(string folder, string name)
    {
        using var scope = NewDisposeScope();
        using Fixture fixture = Fixture.Open(folder, $"{name}.safetensors");
        Tensor wanted = fixture.Case.Load("gen.ids");
        long[] ids = wanted.data<long>().ToArray();

        // The reference banned nothing, so the fixture's model may emit its own placeholder; ours is asked without an end.
        Completion[] completions = GroupSampler.Run(
            fixture.Checkpoint.Model, fixture.Prompts(), 1, new Sampling { Greedy = true, MaxNewTokens = 12 }, default, [],
            zeros(fixture.Checkpoint.Model.Vocabulary));

        Assert.Equal(ids, completions.SelectMany(completion => completion.Tokens).Select(token => (long)token));
    }

    [SharedTheory]
    [InlineData("tiny_smolvlm", 68)]
    [InlineData("tiny_idefics3_sharded", 68)]
    public void Every_gradient_of_a_training_step_is_the_references(string folder, int parameters)
    {
        using var scope = NewDisposeScope();
        using Fixture fixture = Fixture.Open(folder, Path.Combine("..", $"{folder}_grads", "train.safetensors"));
        SmolVlmModel model = fixture.Checkpoint.Model;

        Tensor hidden = fixture.Hidden();
        Tensor tokens = fixture.Case.Load("in.input_ids");
        Tensor logProbs = model.Logits(hidden).log_softmax(-1).narrow(1, 0, tokens.shape[1] - 1)
            .gather(-1, tokens.narrow(1, 1, tokens.shape[1] - 1).unsqueeze(-1)).squeeze(-1);
        AssertClose(fixture.Case.Load("out.token_logprob"), logProbs, 1e-5, "out.token_logprob");
        Tensor mask = fixture.Case.Load("in.loss_mask", ScalarType.Float32).narrow(1, 1, tokens.shape[1] - 1);
        Tensor loss = -(logProbs * mask).sum() / mask.sum();
        AssertClose(fixture.Case.Load("out.loss"), loss.reshape(1), 1e-5, "out.loss");

        loss.backward();

        Assert.Equal(parameters, model.Parameters.Count);
        foreach ((string parameter, var value) in model.Parameters)
            AssertGradient(fixture.Case.Load($"grad.{parameter}"), value.grad!, parameter);
    }

    // The vision keys' bias adds the same number to every score of a query: its gradient is zero but for rounding.
    private static void AssertGradient(Tensor wanted, Tensor got, string name)
    {
        double largest = wanted.abs().max().item<float>();
        if (name.EndsWith("k_proj.bias", StringComparison.Ordinal))
            Assert.True(got.abs().max().item<float>() < 1e-6, name);
        else
            AssertClose(wanted, got, GradientTolerance * largest, name);
    }

    private static void AssertClose(Tensor wanted, Tensor got, double tolerance, string name)
    {
        Assert.Equal(wanted.shape, got.shape);
        double difference = (wanted - got).abs().max().item<float>();
        Assert.True(difference <= tolerance, $"{name} differs by {difference:e2}, allowed {tolerance:e2}");
    }

    /// <summary>A model folder with one recorded case.</summary>
    private sealed record Fixture(SmolVlmCheckpoint Checkpoint, SafetensorsFile Case) : IDisposable
    {
        internal static Fixture Open(string folder, string file)
        {
            string path = SharedFiles.PathOf("fixtures", "hf", folder);
            return new Fixture(SmolVlmCheckpoint.Load(path), SafetensorsFile.Open(Path.Combine(path, file)));
        }

        public void Dispose()
        {
            Case.Dispose();
            Checkpoint.Model.Dispose();
        }

        /// <summary>[B, L, D], the case's padding as it was given.</summary>
        internal Tensor Hidden(Action<int, Tensor>? trace = null)
        {
            SmolVlmModel model = Checkpoint.Model;
            Tensor ids = Case.Load("in.input_ids");
            (int B, int L) = ((int)ids.shape[0], (int)ids.shape[1]);
            Tensor? features = Frames() is { } frames ? model.Look(frames).Features : null;
            Tensor merged = model.Merge(ids.data<long>().ToArray(), B, features);
            Tensor? bias = Masks.Both(Masks.Causal(L, CPU), Masks.LeftPadding(Lengths(), L, CPU));
            Tensor positions = arange(L, dtype: ScalarType.Int64).unsqueeze(0).expand(B, L);
            return model.Text.Forward(merged, positions, B, bias, new KvCache(model.Layers), trace);
        }

        internal int CompareForward()
        {
            SmolVlmModel model = Checkpoint.Model;
            int compared = 0;
            if (Frames() is { } frames)
            {
                (Tensor vision, Tensor features) = model.Look(frames);
                Compare("out.vision_last_hidden", vision, HiddenTolerance);
                Compare("out.image_features", features, HiddenTolerance);
            }

            Tensor hidden = Hidden((layer, state) => Compare($"out.hidden.{layer}", Real(state), HiddenTolerance));
            Compare("out.logits", Real(model.Logits(hidden)), LogitTolerance);
            return compared;

            void Compare(string name, Tensor got, double tolerance)
            {
                if (!Case.Entries.ContainsKey(name))
                    return;
                Tensor wanted = Case.Load(name);
                AssertClose(name.StartsWith("out.hidden", StringComparison.Ordinal) || name == "out.logits"
                    ? Real(wanted) : wanted, got, tolerance, name);
                compared++;
            }
        }

        /// <summary>One prompt per row, padding and padding frames taken off.</summary>
        internal Prompt[] Prompts()
        {
            Tensor ids = Case.Load("in.input_ids");
            int[] lengths = Lengths();
            return [.. Enumerable.Range(0, lengths.Length).Select(row => new Prompt($"row {row}", "",
                [.. ids[row].narrow(0, ids.shape[1] - lengths[row], lengths[row]).data<long>().ToArray().Select(id => (int)id)],
                PixelsOf(row), []))];
        }

        private PixelInput? PixelsOf(int row)
        {
            if (!Case.Entries.ContainsKey("in.pixel_values"))
                return null;
            Tensor frames = WithoutPadding(Case.Load("in.pixel_values")[row]);
            return new PixelInput(frames.contiguous().data<float>().ToArray(), frames.shape, []);
        }

        // [F, 3, H, W]; null for text alone.
        private Tensor? Frames() => Case.Entries.ContainsKey("in.pixel_values")
            ? WithoutPadding(Case.Load("in.pixel_values").flatten(0, 1)) : null;

        // Padding frames are zero everywhere.
        private static Tensor WithoutPadding(Tensor frames) =>
            frames.index_select(0, frames.abs().amax([1, 2, 3]).gt(0).nonzero().squeeze(-1));

        private int[] Lengths()
        {
            Tensor mask = Case.Load("in.attention_mask");
            return [.. mask.sum(1).data<long>().ToArray().Select(length => (int)length)];
        }

        // Rows of [B, L, .] where the mask is 1.
        private Tensor Real(Tensor state) => state.flatten(0, 1)
            .index_select(0, Case.Load("in.attention_mask").flatten().nonzero().squeeze(-1));
    }
}
