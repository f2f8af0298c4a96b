using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Recipes.Cli;
using Vlm;
using Vlm.Grpo;

/// <summary>What every bench can be told.</summary>
abstract record BenchOptions : IOptionRules
{
    [Description("dtype of weights and arithmetic; of export, of the graphs")]
    public Precision Dtype { get; init; }

    [Description("threads of libtorch, and of ONNX Runtime"), Range(1, int.MaxValue)]
    public int Threads { get; init; } = 2;

    [Description("runs to take the median of"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int Repeats { get; init; } = 5;

    public virtual IEnumerable<OptionRule> Rules() => [];
}

/// <summary>How a bench ends.</summary>
static class BenchLine
{
    /// <summary>Prints the JSON line and keeps it as the run's result.</summary>
    public static void Report(this Run run, Dictionary<string, object> line)
    {
        Console.WriteLine(JsonSerializer.Serialize(line));
        run.Finish(line);
    }
}
