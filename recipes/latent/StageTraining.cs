using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.Lora;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;

/// <summary>The supervised loops of latent actions: SFT over tokens, and the five stages.</summary>
/// <param name="run">The run.</param>
/// <param name="runner">Its phases; the one named "base" is the base whose states are cached.</param>
/// <param name="options">Sizes, steps, rates.</param>
/// <param name="preset">The rest.</param>
/// <param name="data">What is learned from.</param>
sealed class StageTraining(Run run, PhaseRunner runner, LearnOptions options, LatentPreset preset, PairedAndTextData data)
{
    /// <summary>
    /// Over tokens: first the base, which must know the language of pairs and text-only data; then, as the control of latent
    /// actions, the task of the task stage: the same examples, the same parameters, as many steps.
    /// </summary>
    internal void Run(TokenPhase phase)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        UpdateOptions update = options.Supervised(phase, preset);
        VlmCheckpoint vlm = VlmCheckpoint.Load(work.From, run.Device, logger: run.Logger);
        using IVisionLanguageModel model = vlm.Model;
        if (phase.Text)
            FrozenParts.Freeze(model, [ModelPart.Vision]);
        else
            preset.TaskParameters.Apply(model);
        TokenPolicy policy = vlm.Policy();
        FusedAdamW optimizer = OptimizerStep.Create(policy, update);
        if (work.IsResumed)
            TrainingCheckpoint.Load(work.From, policy, optimizer);
        foreach (PhaseStep step in work.Remaining())
        {
            int[] some = options.Indices(step.InPhase);
            StepStats stats = SupervisedUpdate.Apply(policy, optimizer,
                [.. some.Select(data.PairTarget), .. phase.Text ? some.Select(data.TextTarget) : []], update, step.InPhase);
            run.Log(step.InRun, stats.Metrics());
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, options), policy, optimizer, vlm.Write));
        }
    }

    /// <summary>One stage of latent actions.</summary>
    internal void Run(StagePhase phase)
    {
        if (runner.Begin(phase) is not { } work)
            return;
        LatentConfig config = options.Config(phase.Variant);
        LatentProgress.CheckBefore(phase.Stage, preset.TaskCodes, work.From, config);
        if (!config.HasFixedCodes)
            data.Cache(runner["base"].Folder, run.Folder, run.Device);
        LatentCheckpoint latent = LatentCheckpoint.IsAt(work.From)
            ? WithPolicy(LatentCheckpoint.Load(work.From, run.Device, logger: run.Logger), config)
            : LatentCheckpoint.New(VlmCheckpoint.Load(work.From, run.Device, logger: run.Logger), config, run.Seed,
                preset.InitStd);
        using IVisionLanguageModel model = latent.Base.Model;
        using LatentModules modules = latent.Modules;
        IReadOnlyList<(string Name, Parameter Value)> trained = SetTrainable(phase, model, modules);
        var convergence = new CloningConvergence { LastGap = LastGap(runner[phase.Name]) };
        var optimizer = new FusedAdamW(trained.Select(item => item.Value), options.RateOf(phase.Stage, preset));
        if (work.IsResumed)
            TrainingCheckpoint.Load(work.From, trained, optimizer);
        var window = new CodeWindow(options.CollapseWindow);
        foreach (PhaseStep step in work.Remaining())
        {
            using var scope = torch.NewDisposeScope();
            (torch.Tensor loss, LatentParts parts) = Loss(phase, latent, step);
            double norm = Update(phase, optimizer, loss, step);
            long[]? counts = parts.CodeCounts?.cpu().data<long>().ToArray();
            window = counts is null ? window : window.Add(counts);
            EffectReport? effects = phase.Stage == LatentStage.Cloning && (step.IsLast || step.InPhase % options.CloningRound == 0)
                ? Effects(phase, latent, step) : null;
            run.Log(step.InRun, [(Metric.Loss, loss.item<float>()), (Metric.GradNorm, norm),
                .. counts is null ? [] : new[] { ($"{Metric.Latent}/used_codes", (double)counts.Count(each => each > 0)) },
                .. parts.Named().Select(part => ($"{Metric.Latent}/{part.Name}", (double)part.Value.item<float>())),
                .. step.IsLast || step.InPhase % options.WatchEvery == 0 ? Watch(phase, latent, step) : [],
                .. effects?.Named().Select(item => ($"{Metric.Latent}/{item.Name}", item.Value)) ?? []]);
            if (window.Collapsed)
                throw Collapsed($"the last {window.Steps} steps", Look(phase, latent, step), phase, step);
            convergence = effects is null ? convergence : convergence.After(effects);
            if (convergence.IsReached)
                work.EndAfter(step);
            work.SaveIfDue(step, folder => TrainingCheckpoint.Fill(
                folder, TrainingState.At(step.InRun, run.Seed, options), trained, optimizer,
                (step.IsLast ? latent with { Stages = [.. latent.Stages, phase.Stage] } : latent).Write));
        }
    }

    // A variant may clone another policy over codes that were learned before.
    private LatentCheckpoint WithPolicy(LatentCheckpoint latent, LatentConfig config) =>
        (latent.Modules.Config.Policy, latent.Modules.Config.PolicyLayers) == (config.Policy, config.PolicyLayers)
            ? latent : latent.WithPolicy(config.Policy, config.PolicyLayers, run.Seed, preset.InitStd);

    // The task stage trains the base; every other stage leaves it as it is.
    private IReadOnlyList<(string Name, Parameter Value)> SetTrainable(
        StagePhase phase, IVisionLanguageModel model, LatentModules modules)
    {
        IReadOnlyList<(string, Parameter)> latent = LatentStages.SetTrainable(phase.Stage, modules, model, phase.Variant.Objective);
        if (phase.Stage != LatentStage.Task)
            return latent;
        preset.TaskParameters.Apply(model);
        return [.. model.Parameters.Where(item => item.Value.requires_grad)];
    }

    private (torch.Tensor, LatentParts) Loss(StagePhase phase, LatentCheckpoint latent, PhaseStep step)
    {
        (IVisionLanguageModel model, LatentModules modules) = (latent.Base.Model, latent.Modules);
        int[] some = options.Indices(step.InPhase);
        if (phase.Stage == LatentStage.Task)
            return TaskLoss(model, modules, some);

        LatentVariant variant = phase.Variant;
        // The cache holds last states, of the base as it was.
        bool policyLearns = phase.Stage == LatentStage.Cloning || (phase.Stage == LatentStage.Joint && variant.Objective.Rate > 0);
        int? tap = policyLearns ? modules.Tap : null;
        IVisionLanguageModel? moved = latent.Stages.Contains(LatentStage.Task) || modules.Config.HasFixedCodes || tap is not null ? model : null;
        LatentRows paired = data.Pairs(some, phase.Stage.OfPairs(variant.Objective), moved, tap);
        LatentRows? text = variant.Text && phase.Stage is LatentStage.Joint or LatentStage.Cloning ? data.Texts(some, moved, tap) : null;
        return LatentStages.Loss(phase.Stage, modules, model, paired, text, variant.Objective,
            new RandomStream(run.Seed, "gumbel", step.InRun));
    }

    private (torch.Tensor, LatentParts) TaskLoss(IVisionLanguageModel model, LatentModules modules, int[] some)
    {
        (Prompt[] rows, torch.Tensor labels) = data.Sequences(Split.Train, some);
        Prefilled live = model.Prefill(rows, new KvCache(model.Layers));
        return LatentStages.Task(modules, model, new LatentView(live.Hidden, live.Rope), labels.to(model.Device), live.Lengths,
            preset.TaskCodes);
    }

    private double Update(StagePhase phase, FusedAdamW optimizer, torch.Tensor loss, PhaseStep step)
    {
        Schedule schedule = options.ScheduleOf(phase.Stage, preset, phase.Steps);
        long inSchedule = ((step.InPhase - 1) % schedule.Steps) + 1;       // cloning goes on in rounds
        optimizer.ParamGroups.Single().LearningRate = options.RateOf(phase.Stage, preset) * schedule.Multiplier(inSchedule);
        optimizer.zero_grad();
        loss.backward();
        optimizer.Collect();
        double norm = optimizer.Clip(preset.Grpo.MaxGradNorm);
        if (!double.IsFinite(norm))
            throw new NonFiniteException($"the gradient of stage {phase.Stage}", step.InRun, []);
        optimizer.step();
        return norm;
    }

    // Of a run that goes on in the middle of cloning; else null.
    private double? LastGap(PhaseSpan span) => run.Series($"{Metric.Latent}/cloning_gap")
        .Where(item => item.Step > span.First && item.Step <= span.Last).Select(item => (double?)item.Value).LastOrDefault();

    // How much of a policy over tokens, here the base itself, is left in the cloned policy.
    private EffectReport Effects(StagePhase phase, LatentCheckpoint latent, PhaseStep step)
    {
        using var scope = torch.NewDisposeScope();
        var report = EffectReport.Of(EffectDiagnostics.Of(latent, latent.Base.Model, data.ValidationTargets(options.Watched)));
        run.Say($"{phase.Variant.Name}, cloning, step {step.InPhase}: "
            + string.Join(", ", report.Named().Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Name} {item.Value:G3}"))));
        return report;
    }

    private (string Name, double Value)[] Watch(StagePhase phase, LatentCheckpoint latent, PhaseStep step)
    {
        if (latent.Modules.Config.HasFixedCodes)
            return [];      // nothing to tell of a codebook
        LatentReport report = Look(phase, latent, step);
        if (phase.Stage is LatentStage.Inverse or LatentStage.Joint && report.Usage.Used < 2)
            throw Collapsed("validation pairs", report, phase, step);
        return [.. report.Named().Select(item => ($"{Metric.Latent}/{phase.Stage}_{item.Name}".ToLowerInvariant(), item.Value))];
    }

    // Diagnostics on drawings that nothing is trained on.
    private LatentReport Look(StagePhase phase, LatentCheckpoint latent, PhaseStep step)
    {
        using var scope = torch.NewDisposeScope();
        LatentConfig config = latent.Modules.Config;
        LatentReport report = LatentDiagnostics.Of(latent.Modules, latent.Base.Model, data.Validation(latent.Base.Model, latent.Modules.Tap),
            phase.Variant.Objective, new RandomStream(run.Seed, "watch", step.InRun),
            phase.Stage == LatentStage.Task ? config.ReadOut : config.LearningReadOut);
        run.Say($"{phase.Variant.Name}, {phase.Stage}: "
            + string.Join(", ", report.Named().Select(item => $"{item.Name} {item.Value:G3}")));
        return report;
    }

    // With one code there is nothing to choose. The diagnostics tell what the codes were worth before.
    private UsageException Collapsed(string where, LatentReport report, StagePhase phase, PhaseStep step)
    {
        string[] quoted = ["ce_inverse", "ce_random", "ce_base", "used_codes", "code_entropy"];
        string diagnostics = string.Join(", ", report.Named().Where(item => quoted.Contains(item.Name))
            .Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Name} {item.Value:G3}")));
        return new UsageException($"the codebook has collapsed: {where} used a single code; on validation pairs {diagnostics}",
            $"{phase.Variant.Name}, stage {phase.Stage}, step {step.InRun}",
            string.Create(CultureInfo.InvariantCulture, $"--rate {options.Rate / 3:G2}"));
    }
}
