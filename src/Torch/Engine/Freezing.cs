using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Which parts of a module learn.</summary>
public static class Freezing
{
    /// <summary>Turns gradients on or off for every parameter of the module and what is below it.</summary>
    /// <returns>The module itself.</returns>
    public static T RequireGradients<T>(this T module, bool on = true) where T : nn.Module
    {
        foreach (Parameter parameter in module.parameters())
            parameter.requires_grad = on;
        return module;
    }
}
