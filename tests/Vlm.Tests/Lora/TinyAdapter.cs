using TorchSharp.Modules;
using Vlm.Lora;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.Lora;

/// <summary>The tiny model with adapters that do something.</summary>
internal static class TinyAdapter
{
    internal static readonly LoraConfig Config = new() { Rank = 3, Alpha = 6, BaseModel = "models/tiny" };

    /// <summary>Every matrix of every adapter is random, so that each counts.</summary>
    internal static SmolVlmModel Trained(long seed)
    {
        SmolVlmModel model = TinyModel.Create();
        LoraAdapter.Attach(model, Config, seed: 5);
        Stir(model, seed);
        return model;
    }

    internal static void Stir(SmolVlmModel model, long seed)
    {
        using var off = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach ((string name, Parameter value) in model.Parameters)
            if (ModelParameters.IsAdapter(name))
                value.copy_(randn(value.shape, generator: generator) * 0.2);
    }

    internal static float[] Numbers(Tensor tensor) => tensor.detach().to(ScalarType.Float32).flatten().data<float>().ToArray();

    internal static float[] Logits(SmolVlmModel model)
    {
        using var off = no_grad();
        (Tensor hidden, _) = model.Prefill(TinyModel.Prompts(4), new KvCache(model.Layers));
        return Numbers(model.Logits(hidden.narrow(1, hidden.shape[1] - 2, 2)));
    }

    internal static double Gap(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();
}
