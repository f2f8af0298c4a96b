using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => Kept(Native.vt_requires_grad(Handle) != 0);
            set => _ = Native.Check(Native.vt_set_requires_grad(Handle, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public bool is_leaf => Kept(Native.Check(Native.vt_is_leaf(Handle)) != 0);

        public void retain_grad() => _ = Native.Check(Native.vt_retain_grad(Handle));

        /// <summary>The gradient accumulated so far, or null.</summary>
        public Tensor? grad
        {
            get => Native.vt_grad(Handle) is var found and not 0 ? new Tensor(found) : null;
            set => _ = Native.Check(Native.vt_set_grad(Handle, value?.Handle ?? 0));
        }

        /// <summary>Adds this tensor's gradient to every leaf behind it, or to the given inputs alone.</summary>
        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }

    /// <summary>Gradients without a module.</summary>
    public static unsafe partial class autograd
    {
        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null,
            bool create_graph = false, IList<Tensor>? inputs = null)
        {
            nint[] roots = Handles(tensors);
            nint[]? grads = grad_tensors is null ? null : Handles(grad_tensors);
            nint[] into = inputs is null ? [] : Handles(inputs);
            fixed (nint* r = roots, g = grads, i = into)
                _ = Native.Check(Native.vt_backward(
                    r, g, roots.Length, retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0, i, into.Length));
            GC.KeepAlive((tensors, grad_tensors, inputs));
        }

        /// <returns>One gradient per input; null for an unused one, which is an error unless allowed.</returns>
        public static IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            nint[] roots = Handles(outputs);
            nint[]? grads = grad_outputs is null ? null : Handles(grad_outputs);
            nint[] into = Handles(inputs);
            var found = new nint[into.Length];
            fixed (nint* r = roots, g = grads, i = into, f = found)
                _ = Native.Check(Native.vt_gradients(
                    r, g, roots.Length, i, into.Length, retain_graph ? 1 : 0, create_graph ? 1 : 0,
                    allow_unused ? 1 : 0, f));
            GC.KeepAlive((outputs, inputs, grad_outputs));
            return [.. found.Select(handle => handle == 0 ? null! : new Tensor(handle))];
        }

        private static nint[] Handles(IList<Tensor> tensors) => [.. tensors.Select(tensor => tensor?.Handle ?? 0)];
    }

    public static bool is_grad_enabled() => Native.vt_grad_enabled() != 0;

    public static bool is_inference_mode_enabled() => Native.vt_inference_enabled() != 0;

    /// <summary>No history is recorded until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    /// <summary>No history, no version counters: the fastest, for values that never meet a gradient.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    private sealed class GradMode : IDisposable
    {
        private readonly bool _before = is_grad_enabled();

        internal GradMode(bool enabled) => Native.vt_set_grad_enabled(enabled ? 1 : 0);

        public void Dispose() => Native.vt_set_grad_enabled(_before ? 1 : 0);
    }

    private sealed class InferenceMode(bool enabled) : IDisposable
    {
        private nint _guard = Native.vt_inference_enter(enabled ? 1 : 0);

        public void Dispose()
        {
            nint guard = Interlocked.Exchange(ref _guard, 0);
            if (guard != 0)
                Native.vt_inference_leave(guard);
        }
    }
}
