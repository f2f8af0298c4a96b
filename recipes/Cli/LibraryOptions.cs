using System.Reflection;
using Vlm.Grpo;
using Vlm.Rewards.Learned.CoEvolution;

namespace Recipes.Cli;

/// <summary>What the terminal needs to know of the options of libraries: values of a smoke run, and examples.</summary>
internal static class LibraryOptions
{
    private static readonly OptionAttribute s_nothing = new(), s_one = new() { Smoke = 1 }, s_two = new() { Smoke = 2 }, s_zero = new() { Smoke = 0 },
        s_adapter = new() { Example = "runs/mine/adapter" };

    private static readonly Dictionary<(Type, string), OptionAttribute> s_known = new()
    {
        [(typeof(UpdateOptions), nameof(UpdateOptions.Steps))] = s_two,
        [(typeof(UpdateOptions), nameof(UpdateOptions.WarmupSteps))] = s_zero,
        [(typeof(CheckpointOptions), nameof(CheckpointOptions.SaveSteps))] = s_one,
        [(typeof(EvaluationOptions), nameof(EvaluationOptions.EvalLimit))] = new() { Smoke = 8 },
        [(typeof(GrpoOptions), nameof(GrpoOptions.PromptsPerStep))] = s_two,
        [(typeof(GrpoOptions), nameof(GrpoOptions.GroupSize))] = new() { Smoke = 4 },
        [(typeof(CoEvolutionOptions), nameof(CoEvolutionOptions.JudgeItems))] = s_one,
        [(typeof(CoEvolutionOptions), nameof(CoEvolutionOptions.ReflectionItems))] = s_one,
        [(typeof(CoEvolutionOptions), nameof(CoEvolutionOptions.PeriodItems))] = s_two,
        [(typeof(PpoOptions), nameof(PpoOptions.PpoEpochs))] = s_two,
        [(typeof(PpoOptions), nameof(PpoOptions.CriticWarmup))] = s_zero,
        [(typeof(ModelOptions), nameof(ModelOptions.SaveDtype))] = new() { Example = "bfloat16" },
        [(typeof(ModelOptions), nameof(ModelOptions.Freeze))] = new() { Example = "vision,connector" },
        [(typeof(ModelOptions), nameof(ModelOptions.Adapter))] = s_adapter,
        [(typeof(AnswerOptions), nameof(AnswerOptions.Model))] = new() { Example = "recipes/warm-start" },
        [(typeof(AnswerOptions), nameof(AnswerOptions.Adapter))] = s_adapter,
    };

    /// <summary>The option's own attribute, else its row in this table.</summary>
    public static OptionAttribute Of(PropertyInfo property) => property.GetCustomAttribute<OptionAttribute>()
        ?? s_known.GetValueOrDefault((property.DeclaringType!, property.Name), s_nothing);
}
