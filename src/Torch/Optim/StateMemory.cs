using TorchSharp;

namespace Vlm.Engine;

/// <summary>Memory of optimizers: outside every dispose scope, without history.</summary>
internal static class StateMemory
{
    private static readonly Operator s_zerosLike = new("aten::zeros_like");
    private static readonly Operator s_copy = new("aten::copy_");
    private static readonly Operator s_clone = new("aten::clone");
    private static readonly Operator s_to = new("aten::to", "dtype_layout");
    private static readonly Operator s_close = new("aten::allclose");

    internal static torch.Tensor Like(torch.Tensor tensor)
    {
        using IDisposable quiet = torch.no_grad();
        return s_zerosLike.Call(tensor).DetachFromDisposeScope();
    }

    /// <summary>Copies values into the memory, or makes the memory where there was none; null frees it.</summary>
    internal static torch.Tensor? Copy(ref torch.Tensor? memory, torch.Tensor? source)
    {
        using IDisposable quiet = torch.no_grad();
        if (source is null)
        {
            memory?.Dispose();
            return memory = null;
        }
        return memory is null
            ? memory = s_clone.Call(source).DetachFromDisposeScope()
            : s_copy.CallInPlace(memory, memory, source);
    }

    internal static void To(ref torch.Tensor? memory, torch.Device device)
    {
        if (memory is null)
            return;

        torch.Tensor moved = s_to.Call(memory, Argument.None, Argument.None, device).DetachFromDisposeScope();
        memory.Dispose();
        memory = moved;
    }

    internal static bool Close(torch.Tensor? left, torch.Tensor? right) =>
        left is null || right is null ? left is null && right is null : s_close.CallInteger(left, right) != 0;
}
