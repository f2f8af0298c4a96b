#!/usr/bin/env dotnet
// Real sentences: warm up on drawings in NLVR's manner, then GRPO on sentences people wrote, scored on sentences held out.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm grpo-nlvr --data ../shared/data/nlvr
//
// NLVR v1 (Suhr, Lewis, Yeh and Artzi, ACL 2017; CC-BY-4.0): a drawing of three grey boxes, a sentence about it, true or false.
// The files hold 985 sentence-drawing pairs to train on ("hidden") and 989 to measure on ("dev"). Nothing is tuned on dev: a
// tenth of the sentences of hidden is held out for that. Dev sentences that also occur in hidden are left out of the score.
// The official training set is not included, so the accuracies are not comparable with published tables.
//
// A folder with latent actions is reinforced over its codes, without the warm start, which is told in tokens.
//
// The start is the small model of ./vlm sft-shapes, which knows colours, shapes and boxes. It sees a drawing as three images,
// one for each grey box; boxes are asked and answered in pixels of the whole drawing. Results: docs/results.md.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards;

return RecipeCommand.Run<GrpoNlvrOptions>(args, "grpo-nlvr", "reinforcement on sentences people wrote", run =>
{
    GrpoNlvrOptions options = run.Options;
    string file = options.File("nlvr-hidden.parquet");
    Example[] hidden = [.. Nlvr.Read(file, Split.Train), .. Nlvr.Ground(file, Split.Train)];
    Example[] heldOut = [.. Nlvr.Read(file, Split.Validation)];
    Example[] dev = [.. options.DevExamples()];
    string start = Start();
    var learner = TrainableModel.Load(start, options.Weights, run.Device, run.Seed, run.Logger);
    run.Say(learner.Trainable);
    IPolicy policy = learner.Policy;
    long warm = learner.Model.Codes is not null ? 0 : options.WarmUpdate.Steps;

    FusedAdamW? warmed = null;
    if (warm > 0)
        WarmUp(warmed = learner.Optimizer(options.WarmUpdate));
    else
        run.Say("no warm start: answers are told in tokens, and this model acts by codes");
    EvaluationReport before = Score("dev before", dev), heldOutBefore = Score("held-out before", heldOut);
    FusedAdamW optimizer = learner.Optimizer(options, before: warmed);
    Reinforce();
    if (run.Cancelled)
        return;
    EvaluationReport after = Score("dev after", dev), heldOutAfter = Score("held-out after", heldOut);
    learner.Finish(run.Folder, optimizer);
    run.Finish(new { before, after, heldOutBefore, heldOutAfter, majority = Majority(dev) });

    void WarmUp(FusedAdamW optimizer)
    {
        UpdateOptions update = options.WarmUpdate;
        run.Phase("warm start", update.Steps);
        for (long step = 1; step <= update.Steps && !run.Cancelled; step++)
        {
            Rollout[] targets = [.. Enumerable.Range(0, options.WarmBatch)
                .Select(i => NlvrLike.Example(
                    run.Seed, Split.Train, ((step - 1) * options.WarmBatch) + i, options.WarmKinds))
                .Select(example => SupervisedUpdate.Target(Ask(example), learner.Base.Processor.Completion(example.Answer)))
                .OrderBy(target => target.Tokens.Length)];
            run.Log(step, SupervisedUpdate.Apply(policy, optimizer, targets, update, step, lengthNormExponent: 0.5).Metrics());
            if (step % options.EvalSteps == 0)
                Score($"held-out at {step}", heldOut);
        }
    }

    void Reinforce()
    {
        long last = warm + options.Steps;
        run.Phase("GRPO", last);
        for (long step = 1; step <= options.Steps && !run.Cancelled; step++)
        {
            var random = new RandomStream(run.Seed, "nlvr-order", step);
            Prompt[] prompts = [.. Enumerable.Range(0, options.PromptsPerStep).Select(_ => Ask(random.Pick(hidden)))];
            using IDisposable features = learner.Base.Model.KeepVisionFeatures();
            var clock = new StepClock();
            Rollout[] rollouts = policy.Sample(prompts, options.GroupSize, options.Sampling, new SampleKey(run.Seed, step));
            clock.Sampled();
            // Truth and answer are both in pixels of the drawing as stored, so nothing is converted.
            Batch batch = Batch.Of(rollouts, rollout => rollout.Prompt.Example.Score(rollout.Text));
            clock.Scored();
            batch = GroupAdvantage.Estimate(batch, options.Advantage);
            StepStats stats = GrpoUpdate.Apply(policy, optimizer, batch, options, step);
            run.Record(warm + step, batch, stats, clock);
        }
    }

    Prompt Ask(Example example) => learner.Base.Processor.Prompt(Nlvr.InParts(example));

    EvaluationReport Score(string when, IReadOnlyList<Example> examples)
    {
        var sampling = options.Sampling with { Greedy = true };
        EvaluationReport report = Evaluation.Report([.. Evaluation.Ask(
            policy, examples.Take(options.Test).Select(Ask), sampling, 64, default, run.Token)]);
        run.Say(report.Line(when));
        return report;
    }

    // --smoke starts from a randomly initialised model.
    string Start() => StartModel.Folder(run, options.Model, hidden.Select(example => example.Question));
}, RecipeKind.StartsAnew);

static double Majority(IReadOnlyList<Example> examples)
{
    string[] answers = [.. examples.Where(example => example.Truth is Truth.Word).Select(example => example.Answer)];
    return answers.GroupBy(answer => answer).Max(group => group.Count()) / (double)answers.Length;
}

/// <summary>Options.</summary>
sealed record GrpoNlvrOptions : GrpoOptions
{
    public GrpoNlvrOptions()
    {
        (Steps, PromptsPerStep, GroupSize, MaxNewTokens) = (120, 24, 8, 20);
        (LearningRate, WarmupSteps, LrScheduler, MinLrRate) = (2e-4, 5, ScheduleShape.Linear, 0.1);
        (MicroBatchSize, AdamBeta2) = (48, 0.99);
    }

    [Description("folder with nlvr-hidden.parquet and nlvr-dev.parquet"), Required]
    [Option(Example = "../shared/data/nlvr")]
    public string Data { get; init; } = "";

    [Description("folder of the model to start from; by default recipes/warm-start, with --smoke a randomly initialised one")]
    [Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    public ModelOptions Weights { get; init; } = new();

    [Description("supervised steps on generated drawings before reinforcement"), Range(2, int.MaxValue)]
    [Option(Smoke = 2)]
    public int WarmSteps { get; init; } = 600;

    [Description("generated drawings in one supervised step"), Range(1, int.MaxValue), Option(Smoke = 8)]
    public int WarmBatch { get; init; } = 16;

    [Description("kinds of questions in the supervised steps, taken in turn")]
    public string[] WarmKinds { get; init; } = ["nlvr-detect", "nlvr", "nlvr-ground", "nlvr"];

    [Description("supervised steps between scores of the held-out tenth"), Range(1, int.MaxValue)]
    public int EvalSteps { get; init; } = 300;

    [Description("most examples of each score; the files hold about 6,000 questions"), Range(8, int.MaxValue)]
    [Option(Smoke = 16)]
    public int Test { get; init; } = 1200;

    internal UpdateOptions WarmUpdate => new()
    {
        Steps = WarmSteps, LearningRate = 1e-3, WarmupSteps = WarmSteps / 20, LrScheduler = ScheduleShape.Cosine, MinLrRate = 0.1,
        AdamBeta2 = 0.99, WeightDecay = 0.01, MicroBatchSize = 8,
    };

    internal string File(string name) => Path.Combine(Data, name);

    // Sentences first and boxes after, each in an order that mixes them; never a sentence of the training file.
    internal IEnumerable<Example> DevExamples()
    {
        string dev = File("nlvr-dev.parquet");
        var known = Nlvr.Read(File("nlvr-hidden.parquet")).Select(example => example.Question).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Example[] questions = [.. Nlvr.Read(dev).Where(example => !known.Contains(example.Question))];
        Example[] boxes = [.. Nlvr.Ground(dev)];
        new RandomStream(0, "nlvr-dev").Shuffle<Example>(questions);
        new RandomStream(1, "nlvr-dev").Shuffle<Example>(boxes);
        return questions.Zip(boxes).SelectMany(pair => (Example[])[pair.First, pair.Second]);
    }
}
