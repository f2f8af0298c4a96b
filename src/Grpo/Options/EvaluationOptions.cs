using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>How a run measures itself on held-out data. The names are those of transformers' TrainingArguments.</summary>
[Category("Evaluation")]
public sealed record EvaluationOptions
{
    /// <summary>Steps from one evaluation to the next.</summary>
    /// <value>The default is 0: before the first step and after the last.</value>
    [Description("steps between evaluations on held-out data; 0 evaluates before the first step and after the last"), Range(0, int.MaxValue)]
    public int EvalSteps { get; init; }

    /// <summary>Questions of an evaluation.</summary>
    /// <value>The default is 500.</value>
    [Description("most held-out questions of an evaluation"), Range(1, int.MaxValue)]
    public int EvalLimit { get; init; } = 500;

    /// <summary>Questions read together; sets memory, never an answer.</summary>
    /// <value>The default is 64.</value>
    [Description("held-out questions read together; sets memory, never an answer"), Range(1, int.MaxValue)]
    public int EvalBatchSize { get; init; } = 64;

    /// <summary>A metric of the report, higher is better.</summary>
    /// <value>The default is reward.</value>
    [Description("metric of held-out data, the higher the better, by which evaluations are compared")]
    public string MetricForBestModel { get; init; } = Metric.Reward;

    /// <summary>Evaluations without a better one before the run ends.</summary>
    /// <value>The default is 0: it never ends early.</value>
    [Description("early stopping: evaluations in a row without a better one after which the run ends; 0 never"), Range(0, int.MaxValue)]
    public int EarlyStoppingPatience { get; init; }

    /// <summary>The run ends with the weights of its best evaluation.</summary>
    /// <value>The default is true.</value>
    [Description("end with the weights of the best evaluation, not with the last ones, where --eval-steps is set")]
    public bool LoadBestModelAtEnd { get; init; } = true;
}
