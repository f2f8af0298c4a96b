using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A tensor that a module owns and an optimizer moves.</summary>
public class Parameter : Tensor
{
    /// <summary>Shares the data's memory; the data's own object is no longer needed.</summary>
    public Parameter(Tensor data, bool requires_grad = true) : base(Alias(data))
    {
        DetachFromDisposeScope();
        this.requires_grad = requires_grad;
    }

    private static nint Alias(Tensor data)
    {
        using Tensor detached = data.detach();
        return Vlm.Engine.Native.Check(Vlm.Engine.Native.vt_alias(detached.Handle));
    }
}
