using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Grpo.Tests.Step;

namespace Vlm.Grpo.Tests.Resume;

public sealed class TrainingCheckpointTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-checkpoint-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // The process dies by SIGKILL: between the two updates of step 6, after its first has moved the weights, or while
    // checkpoint 6 has its model file and nothing else. Either way step-4 is the newest that is whole.
    [Theory]
    [InlineData("mid-step")]
    [InlineData("mid-save")]
    public void A_killed_run_goes_on_to_the_weights_of_one_that_was_not(string moment)
    {
        string folder = Path.Combine(_folder.FullName, "killed");
        Kill(folder, moment);
        Assert.Equal([2, 4], Checkpoints.All(folder).Select(checkpoint => checkpoint.Step));

        using var resumed = new Killed();
        resumed.Train(folder);
        using Killed whole = new(), untouched = new();
        whole.Train(Path.Combine(_folder.FullName, "whole"));

        Assert.Equal(whole.Weights, resumed.Weights);
        Assert.NotEqual(untouched.Weights, whole.Weights);
        Assert.Equal([2, 4, 6, 8], Checkpoints.All(folder).Select(checkpoint => checkpoint.Step));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(At("whole"), "checkpoints", "step-8", "optimizer.safetensors")),
            File.ReadAllBytes(Path.Combine(folder, "checkpoints", "step-8", "optimizer.safetensors")));
    }

    [Fact]
    public void State_and_moments_come_back_bit_by_bit()
    {
        using var policy = new BigramPolicy();
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());
        Step(policy, optimizer, 3);
        var counters = new Dictionary<string, long> { ["prompts"] = 41, ["epoch"] = 2 };
        Save(new(12, 9, counters, "ab12"), policy, optimizer);

        using var other = new BigramPolicy();
        using FusedAdamW fresh = OptimizerStep.Create(other, new());
        TrainingState state = TrainingCheckpoint.Load(At("saved"), other, fresh);

        Assert.Equal((12, 9, "ab12"), (state.Step, state.Seed, state.Options));
        Assert.Equal(counters, state.Counters);
        Assert.Equal(Moments(optimizer), Moments(fresh));
        Assert.All(Moments(fresh), moments => Assert.True(moments.Length == 31 && moments[0] == 3 && moments[1] != 0));
    }

    [Fact]
    public void A_checkpoint_of_another_model_is_refused_with_the_first_difference()
    {
        using var policy = new BigramPolicy();
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());
        Step(policy, optimizer, 1);
        Save(new(1, 1, new Dictionary<string, long>(), ""), policy, optimizer);

        using var renamed = new Renamed("other", [5, 3]);
        Assert.Equal("the optimizer's state belongs to another model: it has no 'other.step'", Refusal(renamed));
        using var reshaped = new Renamed("left", [5, 2]);
        Assert.Equal(
            "the optimizer's state belongs to another model: 'left.exp_avg' is [5, 3] and the model needs [5, 2]",
            Refusal(reshaped));
        using var smaller = new Renamed(null, []);
        Assert.Equal(
            "the optimizer's state belongs to another model: it holds 6 tensors, which are not those of 1 parameters",
            Refusal(smaller));
    }

    [Theory]
    [InlineData("{\"step\": 1")]
    [InlineData("null")]
    [InlineData("{\"step\":1,\"seed\":1,\"counters\":{},\"options\":\"\",\"more\":1}")]
    public void A_broken_state_is_refused_with_its_file(string json)
    {
        using var policy = new BigramPolicy();
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());
        Save(new(1, 1, new Dictionary<string, long>(), ""), policy, optimizer);
        string path = Path.Combine(At("saved"), "state.json");
        File.WriteAllText(path, json);

        var error = Assert.Throws<UsageException>(() => TrainingCheckpoint.Load(At("saved"), policy, optimizer));
        Assert.Equal(path, error.Where);
        Assert.StartsWith("cannot resume from this checkpoint: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Equal_options_have_equal_fingerprints_and_others_have_not()
    {
        var options = new GrpoOptions();

        Assert.Equal(TrainingCheckpoint.Fingerprint(options), TrainingCheckpoint.Fingerprint(options with { }));
        Assert.NotEqual(
            TrainingCheckpoint.Fingerprint(options), TrainingCheckpoint.Fingerprint(options with { ClipLow = 0.21 }));
        Assert.Matches("^[0-9a-f]{16}$", TrainingCheckpoint.Fingerprint(options));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    private static void Kill(string folder, string moment)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Killed).Assembly.Location, folder, moment])
        {
            RedirectStandardOutput = true,
        };
        using Process child = Process.Start(start)!;
        string? line = child.StandardOutput.ReadLine();
        child.Kill();
        child.WaitForExit();
        Assert.Equal(Killed.Ready, line);
    }

    private void Save(TrainingState state, IPolicy policy, FusedAdamW optimizer) =>
        TrainingCheckpoint.Save(At("saved"), state, policy, optimizer, inner => File.WriteAllText(At("model"), inner));

    private string Refusal(IPolicy policy)
    {
        using FusedAdamW optimizer = OptimizerStep.Create(policy, new());
        return Assert.Throws<UsageException>(() => TrainingCheckpoint.Load(At("saved"), policy, optimizer)).Message;
    }

    private static void Step(BigramPolicy policy, FusedAdamW optimizer, int times)
    {
        for (int step = 1; step <= times; step++)
            SupervisedUpdate.Apply(
                policy, optimizer, [SupervisedUpdate.Target(BigramPolicy.Prompt("p", 0), [1, 2, 4])], new(), step);
    }

    // Of each parameter: the step, then both means.
    private static double[][] Moments(FusedAdamW optimizer) =>
    [
        .. optimizer.parameters().Select(parameter => optimizer[parameter]).Select(state => (double[])
        [
            state.Step.item<float>(), .. state.Mean.flatten().data<double>(), .. state.Square.flatten().data<double>(),
        ]),
    ];

    /// <summary>The parameters of another model: one more or less, of another name or shape.</summary>
    private sealed class Renamed : IPolicy, IDisposable
    {
        public Renamed(string? name, long[] shape) => Trainable =
        [
            .. name is null ? [] : new[] { (name, new Parameter(torch.zeros(shape, torch.ScalarType.Float64))) },
            ("right", new Parameter(torch.zeros([3, 5], torch.ScalarType.Float64))),
        ];

        public IReadOnlyList<(string Name, Parameter Value)> Trainable { get; }

        public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) => [];

        public IAsyncEnumerable<int> StreamAsync(
            Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
            throw new NotSupportedException("no test streams it");

        public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
            throw new InvalidOperationException("only its names are asked for");

        public void Dispose()
        {
            foreach ((_, Parameter value) in Trainable)
                value.Dispose();
        }
    }
}
