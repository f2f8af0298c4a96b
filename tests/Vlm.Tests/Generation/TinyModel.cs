using Vlm.Engine;
using Vlm.Generation;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

/// <summary>A random SmolVLM of a few thousand weights, and prompts of several lengths, for properties of generation.</summary>
internal static class TinyModel
{
    internal const int Image = 60, End = 1;

    internal static SmolVlmModel Create(long seed = 3) => Create(ScalarType.Float32, seed);

    /// <summary>The same, its weights rounded.</summary>
    internal static SmolVlmModel Create(ScalarType type, long seed = 3)
    {
        SmolVlmModel model = Weights.Unfilled(() => new SmolVlmModel(new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = 24,
                IntermediateSize = 40,
                Layers = 2,
                Heads = 4,
                KvHeads = 2,
                HeadDim = 6,
                VocabSize = 64,
                MaxPositions = 96,
            },
            Vision = new SmolVlmVisionConfig { HiddenSize = 16, IntermediateSize = 24, Layers = 1, Heads = 2, ImageSize = 16, PatchSize = 4 },
            ScaleFactor = 2,
            ImageToken = Image,
        }), type, CPU);
        SmolVlmInit.Fill(model, seed);
        using var off = no_grad();
        model.Parameters.Single(item => item.Name == "lm_head.weight").Value.mul_(8);      // decided, not uniform
        return model;
    }

    internal static TokenPolicy Policy(SmolVlmModel model, params int[] endTokens) =>
        new(model, tokens => string.Join(' ', tokens), endTokens);

    /// <summary>Prompts of different lengths; every second one with an image of four vectors.</summary>
    internal static Prompt[] Prompts(int count) => [.. Enumerable.Range(0, count).Select(i =>
    {
        var random = new RandomStream(7, "prompt", i);
        bool image = i % 2 == 0;
        int[] words = [.. Enumerable.Range(0, 3 + i).Select(_ => 2 + random.Next(50))];
        float[] pixels = [.. Enumerable.Range(0, 3 * 16 * 16).Select(_ => (float)(2 * random.NextDouble() - 1))];
        return new Prompt($"prompt-{i}", "", image ? [Image, Image, Image, Image, .. words] : words,
            image ? new PixelInput(pixels, [1, 3, 16, 16], []) : null, []);
    })];
}
