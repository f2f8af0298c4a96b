using Vlm.Generation;
using Vlm.Images;
using Vlm.Layers;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Models;

/// <summary>What reinforcement relies on, for every family: a batch changes nothing, and log-probs are those sampled.</summary>
public class FamilyGenerationTests
{
    public static TheoryData<string> Folders() => FamilyTests.Folders();

    // Text alone, one image, two images: lengths differ by dozens of tokens, so two of three rows are mostly padding.
    [Theory]
    [MemberData(nameof(Folders))]
    public void A_mixed_left_padded_batch_computes_what_each_prompt_does_alone(string folder)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = Load(folder);
        Prompt[] prompts = Mixed(vlm);
        Assert.Equal(3, prompts.Select(prompt => prompt.Tokens.Length).Distinct().Count());

        (Tensor together, int[] next) = Last(vlm, prompts);
        for (int i = 0; i < prompts.Length; i++)
        {
            (Tensor alone, int[] own) = Last(vlm, [prompts[i]]);
            Assert.Equal(own[0], next[i]);
            Assert.InRange((together[i] - alone[0]).abs().max().item<float>(), 0, 1e-4);
        }
    }

    // Through caches that groups share, at temperature 1: within float rounding of a pass with gradients.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Log_probs_of_sampled_groups_are_computed_again(string folder)
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint vlm = Load(folder);
        TokenPolicy policy = vlm.Policy();
        var sampling = new Sampling { MaxNewTokens = 7 };

        Rollout[] rollouts = policy.Sample(Mixed(vlm), group: 3, sampling, new SampleKey(5, 1));
        ActionLogProbs again = policy.LogProbs(rollouts, sampling);

        Assert.Equal(9, rollouts.Length);
        foreach ((int row, Rollout rollout) in rollouts.Index())
            foreach ((int t, float logProb) in rollout.LogProbs.Index())
                Assert.Equal(logProb, again.LogProbs[row, t].item<float>(), 1e-4);
        again.LogProbs.sum().backward();
        string[] without = [.. vlm.Model.Parameters.Where(item => item.Value.grad is null).Select(item => item.Name)];
        Assert.Empty(without);
    }

    // All of it learns, the decoder alone, or adapters alone: the same numbers, kept or computed once more.
    [Theory]
    [MemberData(nameof(Learning))]
    public void Gradient_checkpointing_gives_the_same_gradients(string folder, string what)
    {
        VlmCheckpoint vlm = Load(folder);
        if (what == "adapters")
            LoraAdapter.Attach(vlm.Model, new LoraConfig { Rank = 2, Targets = ModulePattern.AllLinear, BaseModel = "m" }, seed: 1, except: []);
        else if (what == "decoder")
            FrozenParts.Freeze(vlm.Model, [ModelPart.Vision, ModelPart.Connector]);
        TokenPolicy policy = vlm.Policy();
        var sampling = new Sampling { MaxNewTokens = 5 };
        Rollout[] rollouts = policy.Sample(Mixed(vlm), group: 2, sampling, new SampleKey(5, 1));

        Dictionary<string, float[]> kept = Gradients(), once = Gradients(checkpointing: true);

        Assert.Equal(kept.Keys, once.Keys);
        Assert.Contains(kept.Values, gradient => gradient.Any(value => Math.Abs(value) > 1e-3));
        // Qwen3-VL's norms of queries and keys add theirs in another order.
        foreach ((string name, float[] gradient) in kept)
            foreach ((float expected, float actual) in gradient.Zip(once[name]))
                Assert.Equal(expected, actual, 1e-5 * (1 + Math.Abs(expected)));

        Dictionary<string, float[]> Gradients(bool checkpointing = false)
        {
            vlm.Model.GradientCheckpointing = checkpointing;
            using var scope = NewDisposeScope();
            foreach ((_, var value) in vlm.Model.Parameters)
                value.grad = null;
            policy.LogProbs(rollouts, sampling).LogProbs.sum().backward();
            return policy.Trainable.ToDictionary(item => item.Name, item => item.Value.grad!.data<float>().ToArray());
        }
    }

    public static TheoryData<string, string> Learning()
    {
        var cases = new TheoryData<string, string>();
        foreach (string folder in FamilyTests.Names)
            foreach (string what in (string[])["all", "decoder", "adapters"])
                cases.Add(folder, what);
        return cases;
    }

    public static TheoryData<string, ScalarType, double> HalfPrecisions()
    {
        var halves = new TheoryData<string, ScalarType, double>();
        foreach (string folder in FamilyTests.Names)
        {
            halves.Add(folder, ScalarType.BFloat16, 0.1);
            halves.Add(folder, ScalarType.Float16, 0.01);
        }
        return halves;
    }

    // bfloat16 keeps 8 bits and float16 keeps 11, so logits of size 5 are off by some hundredths or thousandths.
    [Theory]
    [MemberData(nameof(HalfPrecisions))]
    public void In_half_precision_a_model_samples_trains_and_stays_near(string folder, ScalarType type, double near)
    {
        using var scope = NewDisposeScope();
        VlmCheckpoint wide = Load(folder), half = Load(folder, type);
        Assert.All(half.Model.Parameters, item => Assert.Equal(type, item.Value.dtype));
        Prompt[] prompts = Mixed(wide);
        using (no_grad())
        {
            Tensor difference = (Last(wide, prompts).Logits - Last(half, prompts).Logits.to(ScalarType.Float32)).abs();
            Assert.InRange(difference.mean().item<float>(), 1e-6, near);
        }

        TokenPolicy policy = half.Policy();
        var sampling = new Sampling { MaxNewTokens = 4 };
        Rollout[] rollouts = policy.Sample(prompts, group: 2, sampling, default);
        ActionLogProbs again = policy.LogProbs(rollouts, sampling);
        again.LogProbs.sum().backward();

        Assert.Equal(ScalarType.Float32, again.LogProbs.dtype);
        Assert.All(rollouts.SelectMany(rollout => rollout.LogProbs), logProb => Assert.InRange(logProb, -30, 0));
        Assert.All(half.Model.Parameters, item => Assert.True(item.Value.grad!.isfinite().all().item<bool>(), item.Name));
    }

    private static VlmCheckpoint Load(string folder, ScalarType dtype = ScalarType.Float32) =>
        VlmCheckpoint.Load(Fixtures.PathOf(folder), CPU, dtype);

    // [P, V]
    private static (Tensor Logits, int[] Next) Last(VlmCheckpoint vlm, Prompt[] prompts)
    {
        (Tensor hidden, int[] next) = vlm.Model.Prefill(prompts, new KvCache(vlm.Model.Layers));
        return (vlm.Model.Logits(hidden.select(1, hidden.shape[1] - 1)), next);
    }

    private static Prompt[] Mixed(VlmCheckpoint vlm)
    {
        RgbImage wide = Stripes(40, 24), tall = Stripes(16, 56);
        return
        [
            vlm.Processor.Prompt("text", [Message.User("How many?")], []),
            vlm.Processor.Prompt("one", [Message.User("What is it?", 1)], [wide]),
            vlm.Processor.Prompt("two", [Message.User("Which of the two is larger?", 2)], [tall, wide]),
        ];
    }

    private static RgbImage Stripes(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i * 7 % 256);
        return new RgbImage(width, height, pixels);
    }
}
