using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>How a run measures itself on held-out data. The names are those of transformers' TrainingArguments.</summary>
[Category("Evaluation")]
public sealed record EvaluationOptions
{
    /// <summary>Steps from one evaluation to the next.</summary>
    /// <value>The default is 0, for before the first step and after the last.</value>
    [Description("steps between evaluations on held-out data; 0 evaluates before the first step and after the last"), Range(0, int.MaxValue)]
    public int EvalSteps { get; init; }

    /// <summary>Questions of an evaluation.</summary>
    /// <value>The default is 500.</value>
    [Description("most held-out questions of an evaluation"), Range(1, int.MaxValue)]
    public int EvalLimit { get; init; } = 500;

    /// <summary>Questions read together; sets memory; answers change by rounding at most.</summary>
    /// <value>The default is 64.</value>
    [Description("held-out questions read together; sets memory; answers change by rounding at most"), Range(1, int.MaxValue)]
    public int EvalBatchSize { get; init; } = 64;

    /// <summary>A metric of the report, higher is better.</summary>
    /// <value>The default is reward.</value>
    [Description("metric of held-out data, the higher the better, by which evaluations are compared")]
    public string MetricForBestModel { get; init; } = Metric.Reward;

    /// <summary>Evaluations without a better one before the run ends.</summary>
    /// <value>The default is 0, for never.</value>
    [Description("early stopping: evaluations in a row without a better one after which the run ends; 0 never"), Range(0, int.MaxValue)]
    public int EarlyStoppingPatience { get; init; }

    /// <summary>Evaluations in a row at which a learned reward and the gold reward have parted, after which the run ends.</summary>
    /// <value>The default is 0, for never.</value>
    [Description("over-optimisation guard: the run ends after so many evaluations in a row at which the gold reward (what the truth says) is below its "
        + "best while the learned reward is not; 0 never"), Range(0, int.MaxValue)]
    public int GoldPatience { get; init; }

    /// <summary>How far below its best the gold reward must be.</summary>
    /// <value>The default is 0.02.</value>
    [Description("how far below its best the gold reward must be, in its own units, to count as parted"), Range(0d, double.MaxValue)]
    public double GoldTolerance { get; init; } = 0.02;

    /// <summary>The run ends with the weights of its best evaluation.</summary>
    /// <value>The default is true.</value>
    [Description("end with the weights of the best evaluation, not with the last ones, where --eval-steps is set")]
    public bool LoadBestModelAtEnd { get; init; } = true;

    /// <summary>Evaluations of a run that is not ended early, those before and after it among them.</summary>
    /// <param name="steps">Steps of the run.</param>
    public int Count(int steps) => 2 + (EvalSteps == 0 ? 0 : steps / EvalSteps);
}
