#!/usr/bin/env dotnet
// UniGRPO, reinforcement of masked-diffusion models, on a small one that is made here from nothing.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm unigrpo
//   ./vlm unigrpo --mask-schedule coupled
//
// A masked-diffusion model fills in all words of a response at once, the surest first. After UniGRPO of MMaDA, Yang et al. 2025,
// arXiv:2505.15809, section 4.2, and the code released with it: log-probs are those of randomly masked words, against old ones
// under the same masks. No published diffusion checkpoint is loaded: the model, recipes/unigrpo/MaskedDenoiser.cs, first learns to fill
// in words of descriptions that pass over some objects, and is then reinforced by rewards alone, which ask for all.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;

return RecipeCommand.Run<UniGrpoOptions>(args, "unigrpo", "reinforcement of a small masked-diffusion model", run =>
{
    UniGrpoOptions options = run.Options;
    using MaskedDenoiser model = MaskedDenoiser.New(options.Sizes, run.Seed, run.Device);
    Prompt[] test = [.. Enumerable.Range(0, options.Test).Select(i => NamedObjects.Prompt(0, Split.Test, i))];
    FusedAdamW denoising = Optimizer(options.DenoisingRate);
    run.Phase("denoising", options.DenoisingSteps);
    for (long step = 1; step <= options.DenoisingSteps && !run.Cancelled; step++)
    {
        var clock = new StepClock();
        run.Record(step, Denoise(step), clock);
    }

    object before = Scored();
    FusedAdamW optimizer = Optimizer(options.LearningRate);
    var sampling = new Unmasking(options.Temperature, options.UnmaskedPerStep);
    run.Phase("UniGRPO", options.DenoisingSteps + options.Steps);
    for (long step = 1; step <= options.Steps && !run.Cancelled; step++)
    {
        var clock = new StepClock();
        Rollout[] rollouts = sampling.Sample(
            model, Prompts(step, options.PromptsPerStep), options.GroupSize, new SampleKey(run.Seed, step));
        clock.Sampled();
        Batch batch = Batch.Scored(rollouts);
        clock.Scored();
        batch = GroupAdvantage.Estimate(batch, options.Advantage);
        StepStats stats = UniGrpoUpdate.Apply(model, optimizer, batch, options, options.Diffusion, step, run.Seed);
        run.Record(options.DenoisingSteps + step, batch, stats, clock);
    }
    if (run.Cancelled)
        return;

    object after = Scored();
    CompleteFolder.Write(Path.Combine(run.Folder, "model"), folder => SafetensorsWriter.Write(
        Path.Combine(folder, "model.safetensors"), model.Trainable.Select(item => (item.Name, (torch.Tensor)item.Value))));
    run.Finish(new { before, after });

    FusedAdamW Optimizer(double rate) => new(model.Trainable.Select(item => item.Value), rate, options.AdamBeta1, options.AdamBeta2);

    // Cross-entropy of words hidden at a level that is uniform from 0 to 1, as LLaDA is trained.
    StepStats Denoise(long step)
    {
        var random = new RandomStream(run.Seed, "denoise", step);
        Rollout[] targets = [.. Prompts(-step, options.DenoisingBatch).Select(prompt => NamedObjects.Target(prompt, options.Omitted, random))];
        MaskedResponse[] rows = [.. targets.Select(target =>
            new MaskedResponse(target, MaskSchedule.AtLevel(target.Tokens.Length, random.NextDouble(), random)))];
        double hidden = rows.Sum(row => row.Masked.Count(one => one));
        return LossUpdate.Apply(model.Trainable, denoising, targets, [[.. Enumerable.Range(0, targets.Length)]],
            options with { Steps = options.DenoisingSteps }, step,
            part => (-model.LogProbs([.. part.Select(i => rows[i])]).LogProbs.sum() / hidden, StepStats.Empty));
    }

    // Reinforcement has drawings of its own, which the warm-up did not show.
    Prompt[] Prompts(long step, int count)
    {
        long first = step > 0 ? (1L << 32) + (step - 1) * count : (-step - 1) * count;
        return [.. Enumerable.Range(0, count).Select(i => NamedObjects.Prompt(run.Seed, Split.Train, first + i))];
    }

    object Scored()
    {
        Rollout[] greedy = new Unmasking(0, options.UnmaskedPerStep).Sample(model, test, 1, new SampleKey(0, 0));
        double[] rewards = [.. Batch.Scored(greedy).Select(sample => sample.Score.Value)];
        (double reward, double complete) = (rewards.Average(), rewards.Average(value => value == 1 ? 1.0 : 0));
        run.Say(FormattableString.Invariant($"test drawings: mean reward {reward:F3}, all named and nothing else {complete:P1}"));
        return new { reward, complete };
    }
}, RecipeKind.StartsAnew);

/// <summary>Options.</summary>
sealed record UniGrpoOptions : UpdateOptions
{
    private const string Method = "UniGRPO", Shape = "Model";

    public UniGrpoOptions() => (Steps, LearningRate) = (300, 3e-4);

    [Description("prompts per step"), Category(Method), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int PromptsPerStep { get; init; } = 16;

    [Description("group size G: completions per prompt, compared with one another"), Category(Method), Range(2, int.MaxValue)]
    [Option(Smoke = 4)]
    public int GroupSize { get; init; } = 8;

    [Description("temperature of proposed words"), Category(Method), Range(0d, 100d, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 0.8;

    [Description("words shown in each step of generation"), Category(Method), Range(1, NamedObjects.Slots)]
    public int UnmaskedPerStep { get; init; } = 2;

    /// <summary>Masks, clip, divergence.</summary>
    public DiffusionOptions Diffusion { get; init; } = new();

    [Description("steps in which the model learns to fill in hidden words, before it is reinforced"), Category(Shape)]
    [Range(1, int.MaxValue), Option(Smoke = 2)]
    public int DenoisingSteps { get; init; } = 800;

    [Description("drawings in one of these steps"), Category(Shape), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int DenoisingBatch { get; init; } = 64;

    [Description("their learning rate"), Category(Shape), Range(0d, 1d, MinimumIsExclusive = true)]
    public double DenoisingRate { get; init; } = 2e-3;

    [Description("share of the objects that the responses of these steps pass over: what rewards are to bring back"), Category(Shape)]
    [Range(0d, 0.9)]
    public double Omitted { get; init; } = 0.4;

    [Description("width of the model, a multiple of 16"), Category(Shape), Range(16, 4096), Option(Smoke = 16)]
    public int Width { get; init; } = 64;

    [Description("its blocks"), Category(Shape), Range(1, 64), Option(Smoke = 1)]
    public int Layers { get; init; } = 2;

    [Description("test drawings asked before and after"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int Test { get; init; } = 400;

    internal DenoiserSizes Sizes => new(Width, Layers, Width / 16);

    internal AdvantageOptions Advantage { get; } = new(AdvantageScale.Group, AdvantageBaseline.GroupMean, 1e-4);

    /// <inheritdoc/>
    public override IEnumerable<OptionRule> Rules() =>
        [.. base.Rules(), new(nameof(Width), Width % 16 == 0, "must be a multiple of 16", Width / 16 * 16)];
}
