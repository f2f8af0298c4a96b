using System.Reflection;

namespace Vlm.Tests.LatentActions;

/// <summary>A model that notes how many prompts each pass read, and whether without pixels.</summary>
public class Counted : DispatchProxy
{
    internal IVisionLanguageModel? Model { get; set; }

    internal List<(int Prompts, bool TextOnly)> Passes { get; } = [];

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (targetMethod!.Name == nameof(IVisionLanguageModel.Prefill))
            Passes.Add((((IReadOnlyList<Prompt>)args![0]!).Count, (bool)args[3]!));
        return targetMethod.Invoke(Model, args);
    }
}
