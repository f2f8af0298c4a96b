using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>A module that owns nothing.</summary>
public interface IParameterLessModule
{
}

/// <summary>A module of one input that owns nothing and refuses to.</summary>
public abstract class ParameterLessModule<T1, TResult> : nn.Module<T1, TResult>, IParameterLessModule
{
    protected ParameterLessModule(string name) : base(name)
    {
    }

    public override void register_parameter(string name, Parameter? param) => throw Refusal(name);

    public override void register_buffer(string name, Tensor tensor, bool persistent = true) => throw Refusal(name);

    public override void register_module(string name, nn.Module submodule) => throw Refusal(name);

    private InvalidOperationException Refusal(string name) => new($"'{GetName()}' holds no state, so no '{name}'");
}
