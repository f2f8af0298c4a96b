using TorchSharp;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

/// <summary>The same model, questions and random numbers on the processor and on another device: the same answers.</summary>
public sealed class SecondDeviceTests : IDisposable
{
    private static readonly Sampling s_sampling = new()
    {
        MaxNewTokens = 3,
        MinNewTokens = 1,
        TopK = 40,
        TopP = 0.95,
        MinP = 0.001,
        RepetitionPenalty = 1.1,
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // What the tests below rest on.
    [Fact]
    public void The_device_computes_and_refuses_to_be_mixed_with_the_processor()
    {
        Tensor there = ones(3, 3).On(SecondDevice.Device);

        Assert.Equal(27f, there.mm(there).cpu().sum().item<float>());
        Assert.ThrowsAny<Exception>(() => there.mm(ones(3, 3)).cpu());
        Assert.ThrowsAny<Exception>(() => cat([there, ones(3, 3)]).cpu());
        Assert.ThrowsAny<Exception>(() => there.gather(0, zeros(1, 1, dtype: ScalarType.Int64)).cpu());
        Assert.ThrowsAny<Exception>(() => there.masked_fill(ones(3, 3) > 0, 1).cpu());
    }

    // Lazy tensors cannot compute the gradient of index_add, by which Qwen3-VL's image features join deeper layers.
    [Theory]
    [InlineData("tiny_smolvlm", true)]
    [InlineData("tiny_qwen2_vl", false)]
    [InlineData("tiny_qwen2_5_vl", true)]
    [InlineData("tiny_qwen3_vl", false)]
    public void A_model_samples_and_scores_there_as_on_the_processor(string folder, bool learns)
    {
        (Rollout[] here, float[] scores, float[] gradients) = Run(folder, CPU, learns);
        (Rollout[] there, float[] scoresThere, float[] gradientsThere) = Run(folder, SecondDevice.Device, learns);

        Assert.Equal(here.Select(rollout => rollout.Tokens), there.Select(rollout => rollout.Tokens));
        Assert.True(here.SelectMany(rollout => rollout.Tokens).Distinct().Count() > 2);
        Assert.True(Gap(here.SelectMany(rollout => rollout.LogProbs), there.SelectMany(rollout => rollout.LogProbs)) < 1e-4);
        Assert.True(Gap(scores, scoresThere) < 1e-4);
        Assert.True(Gap(gradients, gradientsThere) <= 1e-3 * gradients.Max(MathF.Abs));
        Assert.Equal(learns, gradients.Max() > 0);
    }

    [Fact]
    public void Codes_are_drawn_and_scored_there_as_on_the_processor()
    {
        (Rollout[] here, float[] scores) = Codes(CPU);
        (Rollout[] there, float[] scoresThere) = Codes(SecondDevice.Device);

        Assert.Equal(here.Select(rollout => rollout.Actions), there.Select(rollout => rollout.Actions));
        Assert.True(here.SelectMany(rollout => rollout.Actions).Distinct().Count() > 2);
        Assert.True(Gap(scores, scoresThere) < 1e-4);
    }

    private static (Rollout[] Rollouts, float[] Scores, float[] Gradients) Run(string name, Device device, bool learns)
    {
        string folder = Fixtures.PathOf(name);
        var vlm = VlmCheckpoint.Load(folder, device);
        using IVisionLanguageModel model = vlm.Model;
        TokenPolicy policy = vlm.Policy();
        Rollout[] rollouts = policy.Sample(Prompts(vlm.Processor, folder), group: 2, s_sampling, new SampleKey(5, 1));
        ActionLogProbs now = policy.LogProbs(rollouts, s_sampling);
        if (learns)
            (now.LogProbs * now.Mask).sum().backward();
        Assert.All(model.Parameters, item => Assert.Equal(device.type, item.Value.device_type));
        return (rollouts, Numbers(now.LogProbs),
            [.. model.Parameters.Select(item => item.Value.grad is { } grad ? Numbers(grad.to(ScalarType.Float32).norm())[0] : 0)]);
    }

    private static (Rollout[] Rollouts, float[] Scores) Codes(Device device)
    {
        string folder = Fixtures.PathOf("tiny_smolvlm");
        var latent = LatentCheckpoint.New(VlmCheckpoint.Load(folder, device), new LatentConfig { Codes = 8 }, seed: 3, initStd: null);
        using IVisionLanguageModel model = latent.Base.Model;
        LatentPolicy policy = latent.Policy();
        Rollout[] rollouts = policy.Sample(
            Prompts(latent.Base.Processor, folder), group: 2, new Sampling { MaxNewTokens = 3 }, new SampleKey(5, 1));
        ActionLogProbs now = policy.LogProbs(rollouts, new Sampling { MaxNewTokens = 3 });
        (now.LogProbs * now.Mask).sum().backward();
        Assert.All(policy.Trainable, item => Assert.Equal(device.type, item.Value.grad?.device_type));
        return (rollouts, Numbers(now.LogProbs));
    }

    private static Prompt[] Prompts(IPromptProcessor processor, string folder)
    {
        return [Of("one", "what is it", "img0_50x34.png"), Of("two", "which of the two is it", "img0_50x34.png", "img1_30x61.png"),
            Of("three", "no picture")];

        Prompt Of(string id, string text, params string[] images) => processor.Prompt(
            id, [Message.User(text, images.Length)],
            [.. images.Select(file => ImageCodec.Decode(File.ReadAllBytes(Path.Combine(folder, file)), file))]);
    }

    private static float[] Numbers(Tensor value) => value.detach().cpu().flatten().data<float>().ToArray();

    private static double Gap(IEnumerable<float> a, IEnumerable<float> b) => a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second));
}
