#!/usr/bin/env dotnet
// Time rollouts and updates over codes against the same over tokens, on random weights: what each form of policy costs.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-latent --size tiny --threads 1
//   ./vlm bench-latent --size 256m --prompts 1 --repeats 3
//
// Tokens and codes take turns: a pair of times for each repeat, and the median of their ratios. No end token, so every rollout has full
// length. An update is one step of GRPO on random rewards: log-probs with a gradient, and AdamW. Run it on an idle machine.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<BenchLatentOptions>(args, "bench-latent", "time codes against tokens", run =>
{
    BenchLatentOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    Work work = Work.Of(options.Size, options.GroupSize, options.NewTokens);
    using SmolVlmModel model = RandomWeights.Model(work.Config, options.Dtype.ScalarType(), run.Device);
    Prompt[] prompts = [.. Enumerable.Range(0, options.Prompts).Select(i => work.Prompt(run.Seed + i))];
    var grpo = new GrpoOptions { GroupSize = work.Group, MaxNewTokens = work.NewTokens };
    var tokens = new TokenPolicy(model, _ => "", endTokens: []);
    var rows = new List<Dictionary<string, object>>();
    foreach ((string name, LatentConfig config, LatentPolicyOptions policy) in CodeForms.All(options.Codes, options.Form).TakeWhile(_ => !run.Cancelled))
    {
        using var modules = new LatentModules(model.Sizes, config);
        modules.Initialise(run.Seed, initStd: null);
        rows.Add(Timed(name, new LatentPolicy(model, modules, _ => "", endTokens: [], options: policy)));
    }
    if (!run.Cancelled)
        run.Report(new Dictionary<string, object>
        {
            ["size"] = options.Size, ["prompts"] = prompts.Length, ["group"] = work.Group, ["new_tokens"] = work.NewTokens,
            ["threads"] = options.Threads, ["repeats"] = options.Repeats, ["forms"] = rows,
        }.WithMemory(run.Device));

    Dictionary<string, object> Timed(string name, LatentPolicy codes)
    {
        FusedAdamW ofTokens = OptimizerStep.Create(tokens, grpo), ofCodes = OptimizerStep.Create(codes, grpo);
        Seconds(tokens, ofTokens, 0);
        Seconds(codes, ofCodes, 0);
        (Cost Tokens, Cost Codes)[] pairs = [.. Enumerable.Range(1, options.Repeats).Select(repeat => (Seconds(tokens, ofTokens, repeat), Seconds(codes, ofCodes, repeat)))];
        var row = new Dictionary<string, object>
        {
            ["form"] = name,
            ["rollout_ratio"] = Math.Round(Run.MedianOf(pairs.Select(pair => pair.Codes.Rollout / pair.Tokens.Rollout)), 3),
            ["update_ratio"] = Math.Round(Run.MedianOf(pairs.Select(pair => pair.Codes.Update / pair.Tokens.Update)), 3),
            ["token_rollout_s"] = Math.Round(Run.MedianOf(pairs.Select(pair => pair.Tokens.Rollout)), 4),
            ["token_update_s"] = Math.Round(Run.MedianOf(pairs.Select(pair => pair.Tokens.Update)), 4),
        };
        run.Say($"{name}: rollout {row["rollout_ratio"]}, update {row["update_ratio"]} times tokens'");
        return row;
    }

    Cost Seconds(IPolicy policy, FusedAdamW optimizer, int repeat)
    {
        var clock = Stopwatch.StartNew();
        Rollout[] rollouts = policy.Sample(prompts, work.Group, grpo.Sampling, new SampleKey(run.Seed, repeat));
        Measured.Finished(run.Device);
        double sampled = clock.Elapsed.TotalSeconds;
        var random = new RandomStream(run.Seed, "bench-rewards", repeat);
        GrpoUpdate.Apply(policy, optimizer, Batch.Of(rollouts, _ => Vlm.Rewards.TotalScore.Of(new Vlm.Rewards.ScorePart("random", 1, new(random.NextDouble(), "")))), grpo, 1, run.Seed);
        Measured.Finished(run.Device);
        return new Cost(sampled, clock.Elapsed.TotalSeconds - sampled);
    }
}, RecipeKind.Measures);

/// <summary>Seconds of one step's halves.</summary>
sealed record Cost(double Rollout, double Update);

/// <summary>Policies over codes that are timed.</summary>
static class CodeForms
{
    internal static IEnumerable<(string Name, LatentConfig Config, LatentPolicyOptions Policy)> All(int codes, string named)
    {
        var layers = new LatentConfig { Codes = codes, InverseLayers = 1, PolicyLayers = 3, MergeBlocks = 2, ReadOut = ReadOut.Residual };
        LatentConfig branch = layers with { Policy = PolicyForm.Branch, PolicyLayers = 1, MergeBlocks = 1 };
        var sampled = new LatentPolicyOptions { Greedy = GreedyCode.MostProbableToken };
        LatentPolicyOptions effect = sampled with { Credit = CodeCredit.MarginalisedOverEquivalentCodes };
        LatentPolicyOptions gated = effect with { CreditBelow = 0.95, CreditMass = 0.99, CreditCodes = 8 };
        (string Name, LatentConfig, LatentPolicyOptions)[] forms =
        [
            ("3 layers, 2 blocks, credit to the sampled code", layers, sampled), ("3 layers, 2 blocks, by effect", layers, effect),
            ("3 layers, 2 blocks, by effect where unsure", layers, gated), ("branch, 1 block, credit to the sampled code", branch, sampled),
            ("branch, 1 block, by effect", branch, effect), ("branch, 1 block, by effect where unsure", branch, gated),
        ];
        return forms.Where(form => form.Name.Contains(named, StringComparison.Ordinal));
    }
}

/// <summary>Options.</summary>
sealed record BenchLatentOptions : BenchOptions
{
    [Description("which fixed work: tiny, 256m or 2b")]
    public string Size { get; init; } = "tiny";

    [Description("prompts of a step"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int Prompts { get; init; } = 16;

    [Description("rows of the group of a step; 0 takes the work's own"), Range(0, int.MaxValue)]
    public int GroupSize { get; init; }

    [Description("new tokens of each row of a step; 0 takes the work's own"), Range(0, int.MaxValue), Option(Smoke = 2)]
    public int NewTokens { get; init; }

    [Description("K: codes of the codebook"), Range(2, int.MaxValue), Option(Smoke = 8)]
    public int Codes { get; init; } = 64;

    [Description("only forms whose name holds this; all by default")]
    public string Form { get; init; } = "";

    public override IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Form), CodeForms.All(2, Form).Any(),
            "is in the name of no form of policy: 3 layers, branch, sampled, by effect, where unsure", "branch"),
        new(nameof(Dtype), Dtype != Precision.Float16, "must not be float16 where weights are trained: small gradients vanish in it",
            Precision.BFloat16),
    ];
}
