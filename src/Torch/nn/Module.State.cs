using TorchSharp.Modules;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public abstract partial class Module
        {
            private static readonly Operator s_copyInPlace = new("aten::copy_");
            private static readonly Operator s_zero = new("aten::zero_");
            private static readonly Operator s_move = new("aten::to", "dtype_layout");

            /// <summary>Parameters and persistent buffers by name, tied ones under each of their names.</summary>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach ((string name, Parameter parameter) in _ownParameters)
                    destination.TryAdd(Under(prefix, name), parameter);
                foreach ((string name, (Tensor buffer, bool persistent)) in _ownBuffers)
                    if (persistent)
                        destination.TryAdd(Under(prefix, name), buffer);
                foreach ((string name, Module module) in named_children())
                    module.state_dict(destination, Under(prefix, name));
                return destination;
            }

            /// <summary>Copies values in, converting type and device; the module's own tensors stay.</summary>
            /// <exception cref="InvalidOperationException">Strict, and a name is missing or unexpected; or a shape differs.</exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                Dictionary<string, Tensor> own = state_dict();
                List<string> missing = [.. own.Keys.Where(name => !source.ContainsKey(name) && !Skips(name))];
                List<string> unexpected = [.. source.Keys.Where(name => !own.ContainsKey(name) && !Skips(name))];
                if (strict && missing.Count + unexpected.Count > 0)
                    throw new InvalidOperationException(
                        $"the state does not fit module '{_name}': " +
                        $"missing [{string.Join(", ", missing)}], unexpected [{string.Join(", ", unexpected)}]");

                List<string> shared = [.. own.Keys.Where(name => source.ContainsKey(name) && !Skips(name))];
                shared.ForEach(name => RequireSameShape(name, own[name], source[name]));
                using IDisposable quiet = no_grad();
                shared.ForEach(name => s_copyInPlace.CallInPlace(own[name], own[name], source[name]));
                return (missing, unexpected);

                bool Skips(string name) => skip?.Contains(name) == true;
            }

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (Module child in children())
                    child.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (Parameter parameter in parameters())
                    ClearGradient(parameter, set_to_none);
            }

            /// <summary>Calls the function on everything below, then on this module.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (Module child in children())
                    child.apply(fn);
                fn(this);
                return this;
            }

            /// <summary>Frees the parameters and buffers of this module and of those below it.</summary>
            public virtual void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing)
                    return;

                foreach (Module child in children())
                    child.Dispose();
                foreach (Parameter parameter in _ownParameters.Values)
                    parameter.Dispose();
                foreach ((Tensor buffer, _) in _ownBuffers.Values)
                    buffer.Dispose();
            }

            /// <summary>Moves what is below and what is here; integers keep their type.</summary>
            internal void Move(Device? device, ScalarType? dtype, bool nonBlocking)
            {
                foreach (Module child in children())
                    child.Move(device, dtype, nonBlocking);
                foreach (Parameter parameter in _ownParameters.Values)
                    MoveTensor(parameter, device, dtype, nonBlocking);
                foreach ((Tensor buffer, _) in _ownBuffers.Values)
                    MoveTensor(buffer, device, dtype, nonBlocking);
            }

            internal static void ClearGradient(Tensor parameter, bool setToNone)
            {
                if (setToNone)
                {
                    parameter.grad = null;
                    return;
                }

                using Tensor? gradient = parameter.grad;
                if (gradient is not null)
                    s_zero.CallInPlace(gradient, gradient);
            }

            private static void MoveTensor(Tensor tensor, Device? device, ScalarType? dtype, bool nonBlocking)
            {
                using DisposeScope scope = NewDisposeScope();
                using IDisposable quiet = no_grad();
                Tensor? gradient = tensor.grad;
                tensor.grad = null;
                Exchange(tensor);
                if (gradient is not null)
                {
                    Exchange(gradient);
                    tensor.grad = gradient;
                }

                void Exchange(Tensor held)
                {
                    ScalarType type = IsFloating(held.dtype) ? dtype ?? held.dtype : held.dtype;
                    Tensor moved = s_move.Call(
                        held, type, Argument.None, device ?? held.device, Argument.None, nonBlocking);
                    _ = Native.Check(Native.vt_set_data(held.Handle, moved.Handle));
                }
            }

            private static bool IsFloating(ScalarType type) =>
                type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

            private static void RequireSameShape(string name, Tensor own, Tensor given)
            {
                if (!own.shape.AsSpan().SequenceEqual(given.shape))
                    throw new InvalidOperationException(
                        $"'{name}' is {own.ShapeText} in the module and {given.ShapeText} in the state");
            }

            private static string Under(string? prefix, string name) =>
                string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
        }
    }

}

/// <summary>Moves between devices and types that return the module in its own type.</summary>
public static class ModuleExtensionMethods
{
    public static T to<T>(this T module, torch.Device device, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, device, null, non_blocking);

    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1, bool non_blocking = false)
        where T : torch.nn.Module =>
        Move(module, new torch.Device(deviceType, deviceIndex), null, non_blocking);

    public static T to<T>(this T module, string device, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, new torch.Device(device), null, non_blocking);

    public static T to<T>(this T module, torch.ScalarType type, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, null, type, non_blocking);

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type, bool non_blocking = false)
        where T : torch.nn.Module =>
        Move(module, device, type, non_blocking);

    public static T to<T>(this T module, torch.Tensor other, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, other.device, other.dtype, non_blocking);

    public static T cpu<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, new torch.Device(DeviceType.CPU), null, non_blocking);

    public static T cuda<T>(this T module, int deviceIndex = -1, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, new torch.Device(DeviceType.CUDA, deviceIndex), null, non_blocking);

    public static T half<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, null, torch.ScalarType.Float16, non_blocking);

    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, null, torch.ScalarType.BFloat16, non_blocking);

    public static T @float<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, null, torch.ScalarType.Float32, non_blocking);

    public static T @double<T>(this T module, bool non_blocking = false) where T : torch.nn.Module =>
        Move(module, null, torch.ScalarType.Float64, non_blocking);

    private static T Move<T>(T module, torch.Device? device, torch.ScalarType? type, bool nonBlocking)
        where T : torch.nn.Module
    {
        module.Move(device, type, nonBlocking);
        return module;
    }
}
