using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Models.SmolVlm;

/// <summary>Models of random weights.</summary>
static class RandomWeights
{
    // Small enough for a float16 to hold what any layer makes of them.
    private const double Spread = 0.02;

    /// <summary>A model whose matrices were drawn where they stay.</summary>
    public static SmolVlmModel Model(SmolVlmConfig config, torch.ScalarType dtype, torch.Device device)
    {
        SmolVlmModel model = Weights.Unfilled(() => new SmolVlmModel(config), dtype, device);
        using var off = torch.no_grad();
        foreach ((_, var value) in model.Parameters)
            _ = value.dim() == 1 ? value.fill_(1) : value.normal_(0, Spread);
        return model;
    }

    /// <summary>Writes config.json, and weights in bfloat16 that were never in memory all at once.</summary>
    /// <param name="folder">An existing folder; what it has under these names is replaced.</param>
    /// <param name="config">Sizes.</param>
    public static void Write(string folder, SmolVlmConfig config)
    {
        const torch.ScalarType bfloat16 = torch.ScalarType.BFloat16;
        using SmolVlmModel model = Weights.Meta(() => new SmolVlmModel(config));
        HubFolder.Write(folder, SmolVlmNew.Json(config), new Dictionary<string, byte[]>(),
            [.. model.Parameters.Select(item => new SavedTensor(
                item.Name, bfloat16, item.Value.shape, () => torch.randn(item.Value.shape, bfloat16) * Spread))]);
    }
}
