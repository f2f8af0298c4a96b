using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>What a run that trains on data has beside its method's own options.</summary>
[Category("Run")]
public sealed record TrainOptions
{
    [Description("folder of the model to start from, with latent actions or without"), Required]
    [Option(Example = "recipes/warm-start", Smoke = "recipes/warm-start")]
    public string Model { get; init; } = "";

    /// <summary>The folder: as it was named, or in the project where it is not below the working directory.</summary>
    public string Folder => Machine.InProject(Model);

    [Description("passes over the data, which take the place of --steps; 2.5 is two and a half"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    [Option(Example = "3")]
    public double? Epochs { get; init; }

    [Description("read everything, make one small step, say what a step takes in memory and time, and train nothing")]
    public bool DryRun { get; init; }

    /// <summary>The steps of a run.</summary>
    /// <param name="run">Told how many epochs make.</param>
    /// <param name="steps">Without epochs.</param>
    /// <param name="perStep">Examples of a step.</param>
    /// <param name="epoch">Examples of an epoch; null for data without end.</param>
    /// <exception cref="UsageException">Epochs of data without end.</exception>
    public int Steps(Run run, int steps, int perStep, long? epoch)
    {
        if (Epochs is not { } epochs)
            return steps;
        if (epoch is not { } size)
            throw new UsageException("generated data has no end, and so no epochs", $"--epochs {OptionText.Show(epochs)}", $"--steps {steps}");
        int made = checked((int)Math.Max(1, Math.Ceiling(epochs * size / perStep)));
        run.Say($"{OptionText.Show(epochs)} epochs of {size} examples, {perStep} a step, are {made} steps");
        return made;
    }
}
