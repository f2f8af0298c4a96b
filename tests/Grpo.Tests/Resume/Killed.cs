using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Grpo.Tests.Step;
using Xunit.Runner.InProc.SystemConsole;

namespace Vlm.Grpo.Tests.Resume;

/// <summary>A small training run, in a test or in a process of its own that a test kills.</summary>
internal sealed class Killed : IPolicy, IDisposable
{
    public const string Ready = "ready to be killed";
    private readonly BigramPolicy _policy = new();
    private Action _pass = () => { };

    public static readonly GrpoOptions Options = new()
    {
        GroupSize = 4,
        PromptsPerStep = 2,
        MicroBatch = 4,
        MaxNewTokens = 6,
        LearningRate = 0.05,
        WeightDecay = 0.01,
        KlWeight = 0.1,
        Iterations = 2,
        Steps = 8,
        Warmup = 2,
        Decay = ScheduleShape.Cosine,
    };

    public IReadOnlyList<(string Name, Parameter Value)> Trainable => _policy.Trainable;

    public double[] Weights => _policy.Weights();

    /// <summary>
    /// FOLDER mid-step|mid-save: trains, and waits for its end in the middle of step 6. Anything else runs the tests.
    /// </summary>
    public static Task<int> Main(string[] args) =>
        args is [string folder, "mid-step" or "mid-save"] ? Task.FromResult(Train(folder, args[1] == "mid-save"))
            : ConsoleRunner.Run(args);

    private static int Train(string folder, bool inSave)
    {
        using var run = new Killed();
        run.Train(
            folder,
            saving: step => Wait(inSave && step == 6),
            pass: (step, passes) => Wait(!inSave && step == 6 && passes == 3));
        return 0;
    }

    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _policy.Sample(prompts, group, sampling, key, cancel);

    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        throw new NotSupportedException("no test streams it");

    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        _pass();
        return _policy.LogProbs(rollouts, sampling);
    }

    /// <summary>Continues from the newest checkpoint of the folder, and saves after every second step.</summary>
    public void Train(string folder, Action<long>? saving = null, Action<long, int>? pass = null)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using FusedAdamW optimizer = OptimizerStep.Create(this, Options);
        using var reference = new ReferencePolicy(this);
        CompleteFolder.Clean(Path.Combine(folder, "checkpoints"));
        long counter = Resume(folder, optimizer);
        for (long step = (Checkpoints.Latest(folder)?.Step ?? 0) + 1; step <= Options.Steps; step++)
        {
            Prompt[] prompts =
                [BigramPolicy.Prompt("a", (int)(counter++ % 4)), BigramPolicy.Prompt("b", (int)(counter++ % 4))];
            Rollout[] rollouts = Sample(prompts, Options.GroupSize, Options.Sampling, new(5, step));
            double[] rewards = [.. rollouts.Select(rollout => (double)rollout.Actions.Count(action => action == 2))];
            float[][] old = reference.LogProbs(rollouts, Options);
            (int passes, long now) = (0, step);
            _pass = () => pass?.Invoke(now, passes++);
            Updates.Grpo(
                this, optimizer, rollouts, Updates.Advantages(rewards, 4), Options, step, old);
            _pass = () => { };
            if (step % 2 == 0)
                Save(
                    folder, new(step, 5, new Dictionary<string, long> { ["prompt"] = counter }, "x"), optimizer,
                    saving);
        }
    }

    public void Dispose() => _policy.Dispose();

    private long Resume(string folder, FusedAdamW optimizer)
    {
        if (Checkpoints.Latest(folder) is not { } latest)
            return 0;

        using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(latest.Path, "model.safetensors")))
        using (torch.no_grad())
            foreach ((string name, Parameter value) in Trainable)
                _ = value.copy_(file.Load(name, torch.CPU));
        return TrainingCheckpoint.Load(latest.Path, this, optimizer).Counters["prompt"];
    }

    private void Save(string folder, TrainingState state, FusedAdamW optimizer, Action<long>? saving) =>
        Checkpoints.Save(folder, state.Step, inner => TrainingCheckpoint.Fill(inner, state, this, optimizer, model =>
        {
            SafetensorsWriter.Write(
                Path.Combine(model, "model.safetensors"), Trainable.Select(p => (p.Name, (torch.Tensor)p.Value)));
            saving?.Invoke(state.Step);
        }));

    private static void Wait(bool now)
    {
        if (!now)
            return;

        Console.Out.WriteLine(Ready);
        Thread.Sleep(Timeout.Infinite);
    }
}
