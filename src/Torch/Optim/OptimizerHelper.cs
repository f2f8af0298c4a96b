using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What the optimizers share: groups, states per parameter, and the round around a step.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private readonly Dictionary<Parameter, OptimizerState> _states = new(ReferenceEqualityComparer.Instance);

    private protected OptimizerHelper()
    {
    }

    public override void add_param_group(ParamGroup param_group)
    {
        param_group.Parameters = [.. param_group.Parameters];
        var known = new HashSet<Parameter>(parameters(), ReferenceEqualityComparer.Instance);
        if (param_group.Parameters.Any(parameter => !known.Add(parameter)))
            throw new ArgumentException("a parameter is in the optimizer twice", nameof(param_group));

        Complete(param_group.Options);
        param_group.InitialLearningRate = param_group.LearningRate;
        base.add_param_group(param_group);
    }

    internal override Tensor? MoveAll(Func<Tensor>? closure)
    {
        Tensor? loss = null;
        if (closure is not null)
            using (enable_grad())
                loss = closure();

        using IDisposable quiet = no_grad();
        foreach (ParamGroup group in _groups)
        {
            using DisposeScope scope = NewDisposeScope();
            Move(group, [.. WithGradient(group)]);
        }
        return loss;
    }

    public virtual optim.Optimizer.StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (ParamGroup group in _groups)
        {
            dictionary.Options.Add(group.Options);
            List<OptimizerState> states = [.. group.Parameters.Select(parameter => StateOf(parameter, group))];
            dictionary.StateIndexRef.Add([.. Enumerable.Range(dictionary.State.Count, states.Count)]);
            dictionary.State.AddRange(states);
        }
        return dictionary;
    }

    public virtual void load_state_dict(optim.Optimizer.StateDictionary state_dict)
    {
        StateDictionary own = this.state_dict();
        if (own.Options.Count != state_dict.Options.Count || own.State.Count != state_dict.State.Count)
            throw new ArgumentException(
                $"the state has {state_dict.Options.Count} groups and {state_dict.State.Count} parameters, the " +
                $"optimizer {own.Options.Count} and {own.State.Count}", nameof(state_dict));

        foreach ((OptimizerOptions to, OptimizerOptions from) in own.Options.Zip(state_dict.Options))
            to.LoadStateDict(from);
        foreach ((OptimizerState to, OptimizerState from) in own.State.Zip(state_dict.State))
            to.LoadStateDict(from);
    }

    public void to(Device device)
    {
        foreach (OptimizerState state in _states.Values)
            state.to(device);
    }

    /// <summary>Fills what the group left to the optimizer.</summary>
    internal abstract void Complete(OptimizerOptions options);

    internal abstract OptimizerState NewState(Parameter parameter);

    /// <summary>Moves the group's parameters; the gradients belong to an open scope.</summary>
    internal abstract void Move(ParamGroup group, IReadOnlyList<(OptimizerState State, Tensor Gradient)> moving);

    /// <summary>The state of a parameter that has moved, else null.</summary>
    internal OptimizerState? FindState(Parameter parameter) => _states.GetValueOrDefault(parameter);

    internal void ForgetState(Parameter parameter)
    {
        if (_states.Remove(parameter, out OptimizerState? state))
            (state as IDisposable)?.Dispose();
    }

    internal OptimizerState StateOf(Parameter parameter, ParamGroup group)
    {
        if (!_states.TryGetValue(parameter, out OptimizerState? state))
        {
            _states[parameter] = state = NewState(parameter);
            state.Initialize(group.Options);
        }
        return state;
    }

    internal ParamGroup GroupOf(Parameter parameter) =>
        _groups.Find(group => group.Parameters.Contains(parameter, ReferenceEqualityComparer.Instance)) ??
        throw new ArgumentException("the optimizer does not have the parameter", nameof(parameter));

    internal override void ForgetAll()
    {
        foreach (OptimizerState state in _states.Values)
            (state as IDisposable)?.Dispose();
        _states.Clear();
    }

    private IEnumerable<(OptimizerState, Tensor)> WithGradient(ParamGroup group)
    {
        foreach (Parameter parameter in group.Parameters)
            if (parameter.grad is { } gradient)
                yield return (StateOf(parameter, group), gradient);
    }
}
