using Vlm.Engine;
using Vlm.Generation;
using Vlm.Images;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

/// <summary>With a frozen vision tower the features of a prompt's images are computed once a step.</summary>
public class VisionFeaturesTests
{
    private static readonly SampleKey Key = new(Seed: 3, Step: 1);
    private static readonly Sampling Eight = new() { MaxNewTokens = 8 };

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 4)]
    public void A_frozen_tower_is_run_once_for_sampling_and_three_passes(bool frozen, int runs)
    {
        using SmolVlmModel model = TinyModel.Create();
        if (frozen)
            FrozenParts.Freeze(model, [ModelPart.Vision]);
        TokenPolicy policy = TinyModel.Policy(model);
        (Prompt[] prompts, int[] made) = Counted();
        using var scope = NewDisposeScope();
        using (model.KeepVisionFeatures())
        {
            Rollout[] rollouts = policy.Sample(prompts, 2, Eight, Key);
            foreach (Rollout[] part in (Rollout[][])[rollouts[..4], rollouts[4..], rollouts[2..6]])
                policy.LogProbs(part, Eight);
        }

        // Prompt 0 is in the first pass, 2 in the last two; 4 passes of sampling and updates read 1 to 3 of them each.
        Assert.Equal(runs == 1 ? [1, 1] : [2, 3], made);
    }

    [Theory]
    [InlineData("smolvlm")]
    [InlineData("qwen2_vl")]
    [InlineData("qwen2_5_vl")]
    [InlineData("qwen3_vl")]
    public void Kept_features_give_the_same_log_probs_and_the_same_gradients(string fixture)
    {
        var vlm = VlmCheckpoint.Load(Fixtures.PathOf($"tiny_{fixture}"), CPU);
        using IVisionLanguageModel model = vlm.Model;
        FrozenParts.Freeze(model, [ModelPart.Vision]);
        TokenPolicy policy = vlm.Policy();
        var image = new RgbImage(40, 30, [.. Enumerable.Range(0, 3600).Select(i => (byte)(i * 7 % 256))]);
        Prompt[] prompts =
        [
            vlm.Processor.Prompt("a", [Message.User("What is it?", 1)], [image]),
            vlm.Processor.Prompt("b", [Message.User("No image.")], []),
        ];
        using var scope = NewDisposeScope();
        Rollout[] rollouts = policy.Sample(prompts, 2, Eight, Key);
        (float[] logProbs, float[] slopes) usual = Pass(), kept;
        using (model.KeepVisionFeatures())
        {
            Assert.Equal(rollouts.Select(rollout => rollout.Tokens),
                policy.Sample(prompts, 2, Eight, Key).Select(rollout => rollout.Tokens));
            kept = Pass();
        }

        Assert.All(usual.logProbs.Zip(kept.logProbs), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        Assert.Contains(usual.slopes, slope => slope != 0);
        float size = usual.slopes.Max(Math.Abs);
        Assert.All(usual.slopes.Zip(kept.slopes), pair => Assert.Equal(pair.First, pair.Second, 1e-4f * size));

        // Of the connector: what is between the kept features and the language model.
        (float[], float[]) Pass()
        {
            Tensor found = policy.LogProbs(rollouts, Eight).LogProbs;
            found.sum().backward();
            var connector = model.Parameters.First(item => model.PartOf(item.Name) == ModelPart.Connector && item.Value.grad is not null);
            float[] slopes = [.. connector.Value.grad!.flatten().data<float>()];
            foreach ((_, TorchSharp.Modules.Parameter value) in model.Parameters)
                value.grad = null;
            return ([.. found.detach().flatten().data<float>()], slopes);
        }
    }

    [Fact]
    public void What_was_kept_is_freed_and_made_anew_afterwards()
    {
        using SmolVlmModel model = TinyModel.Create();
        FrozenParts.Freeze(model, [ModelPart.Vision]);
        TokenPolicy policy = TinyModel.Policy(model);
        (Prompt[] prompts, int[] made) = Counted();
        policy.Sample(prompts, 1, Eight, Key);
        long before = TensorCount.Settled();
        using (model.KeepVisionFeatures())
        {
            policy.Sample(prompts, 1, Eight, Key);
            Assert.Equal(before + 2, EngineInfo.LiveTensors);
        }

        Assert.Equal(before, EngineInfo.LiveTensors);
        policy.Sample(prompts, 1, Eight, Key);
        Assert.Equal([3, 3], made);
    }

    // Prompts 0 and 2 of four have an image each; how often its pixels were made.
    private static (Prompt[] Prompts, int[] Made) Counted()
    {
        var made = new int[2];
        Prompt[] prompts = [.. TinyModel.Prompts(4).Select((prompt, i) => prompt.Pixels is not { } pixels ? prompt : prompt with
        {
            Pixels = pixels with
            {
                Write = values =>
                {
                    made[i / 2]++;
                    pixels.Write(values);
                },
            },
        })];
        return (prompts, made);
    }
}
