using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Models.SmolVlm;

/// <summary>Weights that were never in memory all at once.</summary>
static class RandomWeights
{
    // Small enough for a float16 to hold what any layer makes of them.
    private const double Spread = 0.02;

    /// <summary>Writes config.json, and weights in bfloat16.</summary>
    /// <param name="folder">An existing folder; what it has under these names is replaced.</param>
    /// <param name="config">Sizes.</param>
    public static void Write(string folder, SmolVlmConfig config)
    {
        const torch.ScalarType bfloat16 = torch.ScalarType.BFloat16;
        using SmolVlmModel model = Weights.Shapes(() => new SmolVlmModel(config));
        HubFolder.Write(folder, SmolVlmNew.Json(config), new Dictionary<string, byte[]>(),
            [.. model.Parameters.Select(item => new SavedTensor(
                item.Name, bfloat16, item.Value.shape, () => torch.randn(item.Value.shape, bfloat16) * Spread))]);
    }
}
