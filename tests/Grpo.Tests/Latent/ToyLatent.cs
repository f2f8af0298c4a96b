using Vlm.LatentActions;
using Vlm.Models.SmolVlm;

namespace Vlm.Grpo.Tests.Latent;

/// <summary>Twelve codes over a random base of a few thousand weights.</summary>
internal static class ToyLatent
{
    internal const int Codes = 12;

    internal static readonly Prompt[] Prompts =
        [new("p0", "", [5, 9, 31], null, []), new("p1", "", [7, 22, 40, 3, 17], null, [])];

    internal static SmolVlmModel Base()
    {
        var model = new SmolVlmModel(new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = 16,
                IntermediateSize = 24,
                Layers = 1,
                Heads = 2,
                KvHeads = 1,
                HeadDim = 8,
                VocabSize = 48,
                MaxPositions = 32,
            },
            Vision = new SmolVlmVisionConfig { HiddenSize = 16, IntermediateSize = 24, Layers = 1, Heads = 2, ImageSize = 16, PatchSize = 4 },
            ScaleFactor = 2,
            ImageToken = 47,
        });
        SmolVlmInit.Fill(model, 3);
        return model;
    }

    internal static LatentPolicy Policy(LatentPolicyOptions? options = null)
    {
        SmolVlmModel model = Base();
        var modules = new LatentModules(model.Sizes, new() { Codes = Codes, InverseLayers = 1, PolicyLayers = 1 });
        modules.Initialise(2, initStd: null);
        return new(model, modules, tokens => string.Join(' ', tokens), [1, 2, 3], options: options);
    }

    /// <summary>Every weight of base and modules by name, copied.</summary>
    internal static Dictionary<string, float[]> Weights(LatentPolicy policy)
    {
        var all = policy.Model.Parameters.Select(item => (item.Name, item.Value))
            .Concat(policy.Modules.named_parameters().Select(item => ("latent." + item.name, item.parameter)));
        return all.ToDictionary(item => item.Item1, item => item.Item2.detach().data<float>().ToArray());
    }
}
