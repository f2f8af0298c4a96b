using Vlm.Images;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>Latent actions with random weights over small bases, for what must hold whatever they learned.</summary>
internal static class TinyLatent
{
    internal static readonly LatentConfig Config = new() { Codes = 12, InverseLayers = 1, PolicyLayers = 2 };

    /// <summary>Wide random weights, so that codes matter: near zero every code would lead to the same token.</summary>
    internal static LatentModules Modules(IVisionLanguageModel model, LatentConfig? config = null, long seed = 5)
    {
        var modules = new LatentModules(model.Sizes, config ?? Config);
        modules.Initialise(seed, initStd: null);
        using var off = no_grad();
        modules.Codebook.parameters().Single().mul_(3);
        foreach ((string name, var value) in modules.Policy.named_parameters())
            if (name == "head.weight")
                value.mul_(2);
        return modules;
    }

    /// <summary>The same with a policy that is a branch of the base's last layer, and with a head as wide awake.</summary>
    internal static LatentModules Branch(IVisionLanguageModel model, int layers = 1, long seed = 5)
    {
        LatentModules modules = Modules(model, Config with { Policy = PolicyForm.Branch, PolicyLayers = layers }, seed);
        modules.BranchFrom(model);
        return modules;
    }

    internal static LatentPolicy Policy(
        IVisionLanguageModel model, LatentModules modules, int[]? endTokens = null, LatentPolicyOptions? options = null) =>
        new(model, modules, tokens => string.Join(' ', tokens), endTokens ?? [], options: options);

    internal static VlmCheckpoint Family(string folder, ScalarType dtype = ScalarType.Float32) =>
        VlmCheckpoint.Load(Fixtures.PathOf(folder), CPU, dtype);

    internal static LatentCheckpoint Latent(string folder, ScalarType dtype = ScalarType.Float32)
    {
        VlmCheckpoint vlm = Family(folder, dtype);
        return new LatentCheckpoint(vlm, Modules(vlm.Model));
    }

    /// <summary>Text alone, one image, two images: lengths differ by dozens of tokens.</summary>
    internal static Prompt[] Mixed(VlmCheckpoint vlm)
    {
        RgbImage wide = Stripes(40, 24), tall = Stripes(16, 56);
        return
        [
            vlm.Processor.Prompt("text", [Message.User("How many?")], []),
            vlm.Processor.Prompt("one", [Message.User("What is it?", 1)], [wide]),
            vlm.Processor.Prompt("two", [Message.User("Which of the two is larger?", 2)], [tall, wide]),
        ];
    }

    /// <summary>
    /// The policy's logits [L, K] and the base's states [L, H] over one sequence read at once: no cache, no padding, no group.
    /// </summary>
    internal static (Tensor Logits, Tensor States) AtOnce(
        IVisionLanguageModel model, LatentModules modules, Prompt prompt, int[] tokens)
    {
        Prompt whole = prompt with { Tokens = [.. prompt.Tokens, .. tokens] };
        (LatentView view, int[] lengths) = LatentView.Of(model, [whole], tap: modules.Tap);
        return (StageCodes.PolicyLogits(modules, view, lengths)[0], view.States[0]);
    }

    private static RgbImage Stripes(int width, int height)
    {
        var pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(i * 7 % 256);
        return new RgbImage(width, height, pixels);
    }
}
