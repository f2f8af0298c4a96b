using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Ppo;

/// <summary>A critic that reads the kind of question beside the state.</summary>
public sealed class TaskEmbeddingTests : IDisposable
{
    private static readonly string[] s_kinds = ["count", "ground"];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-tasks-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Weights (2, 0, 0 | 3, 0), bias 1, embedding (3, 4) = (0.6, 0.8) as a unit vector, state (5, 6, 7): 2 x 5 + 3 x 0.6 + 1.
    [Fact]
    public void The_value_is_linear_in_the_state_and_the_unit_vector_of_the_kind()
    {
        using ValueHead head = Head(out TaskEmbedding tasks);
        Set(head, [2, 0, 0, 3, 0], tasks, [3, 4, -1, 0]);
        torch.Tensor states = torch.tensor(new double[] { 5, 6, 7, 0, 0, 0, 5, 6, 7, 0, 0, 0 }).reshape(2, 2, 3);
        double[] values = [.. head.Forward(states, [Ask("count"), Ask("ground")]).flatten().data<double>()];

        Assert.Equal([12.8, 2.8, 8, -2], values.Select(value => Math.Round(value, 12)));
        Assert.Throws<ArgumentException>(() => head.Forward(states));
        Assert.Contains("a question is of kind 'shape'",
            Assert.Throws<UsageException>(() => tasks.Of([Ask("shape")])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_gradient_of_the_embedding_is_the_slope_of_the_value()
    {
        using ValueHead head = Head(out TaskEmbedding tasks);
        double[] at = [3, 4, -1, 0.5];
        Set(head, [2, 0.3, 0, 3, -0.7], tasks, at);
        torch.Tensor states = torch.ones(1, 1, 3, dtype: torch.ScalarType.Float64);
        head.Forward(states, [Ask("count")]).sum().backward();
        double[] gradient = [.. tasks.Weight.grad!.flatten().data<double>()];

        Assert.Equal((0, 0), (gradient[2], gradient[3]));
        for (int i = 0; i < 2; i++)
            Assert.Equal((Moved(i, 1e-6) - Moved(i, -1e-6)) / 2e-6, gradient[i], 1e-8);
        Assert.True(Math.Abs(gradient[0]) > 0.1);

        double Moved(int i, double by)
        {
            double[] moved = [.. at];
            moved[i] += by;
            Set(head, [2, 0.3, 0, 3, -0.7], tasks, moved);
            return head.Forward(states, [Ask("count")]).sum().item<double>();
        }
    }

    // Two kinds asked with the same token: the state is the same, what is earned is not. A critic without the embedding foretells
    // the mean of both, one with it each.
    [Theory]
    [InlineData(CriticKind.Mse)]
    [InlineData(CriticKind.Categorical)]
    public void A_critic_with_it_foretells_what_each_kind_earns(CriticKind kind)
    {
        double with = Error(kind, embedding: 2), without = Error(kind, embedding: 0);

        Assert.True(with < 0.25 * without, $"{with} with, {without} without");
    }

    // Weights, moments and vectors of four steps in one piece, and of two and two with a checkpoint between.
    [Fact]
    public void A_resumed_run_reaches_the_same_bits_and_other_kinds_are_refused()
    {
        PpoOptions ppo = Ppo(CriticKind.Mse, 2) with { CriticWarmup = 0 };
        double[] whole = Train(ppo, 1, 4), half = Train(ppo, 1, 2, save: true);

        Assert.Equal(whole, Train(ppo, 3, 4, resume: true));
        Assert.NotEqual(whole, half);
        var shapes = new TaskEmbedding(["count", "shape"], 2, 1, torch.CPU, torch.ScalarType.Float64);
        using var other = new ValueHead(3, torch.CPU, torch.ScalarType.Float64, 1, shapes);
        Assert.Contains("""["count","ground"]""",
            Assert.Throws<UsageException>(() => other.Read(_folder.FullName)).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private double[] Train(PpoOptions ppo, int from, int to, bool save = false, bool resume = false)
    {
        using var policy = new BigramFeatures();
        using ValueHead head = Head(out _);
        var both = new ActorCritic(policy, head);
        using FusedAdamW optimizer = PpoUpdate.Optimizer(both, s_options, ppo);
        if (resume)
        {
            head.Read(_folder.FullName);
            using (SafetensorsFile file = SafetensorsFile.Open(Path.Combine(_folder.FullName, "policy.safetensors")))
            using (torch.no_grad())
                foreach ((string name, Parameter value) in policy.Trainable)
                    _ = value.copy_(file.Load(name, torch.CPU));
            TrainingCheckpoint.Load(_folder.FullName, both, optimizer);
        }
        for (int step = from; step <= to; step++)
            Step(both, optimizer, ppo, step, new());
        if (save)
            TrainingCheckpoint.Fill(_folder.FullName, TrainingState.At(to, 7, s_options), both, optimizer, folder =>
            {
                head.Write(folder);
                SafetensorsWriter.Write(Path.Combine(folder, "policy.safetensors"),
                    policy.Trainable.Select(item => (item.Name, (torch.Tensor)item.Value)));
            });
        return [.. policy.Policy.Weights(), .. head.Parameters.SelectMany(item => item.Value.detach().flatten().data<double>().ToArray())];
    }

    private static double Error(CriticKind kind, int embedding)
    {
        PpoOptions ppo = Ppo(kind, embedding);
        using var policy = new BigramFeatures();
        using var head = new ValueHead(3, torch.CPU, torch.ScalarType.Float64, ppo.Outputs,
            embedding == 0 ? null : new(s_kinds, embedding, 1, torch.CPU, torch.ScalarType.Float64));
        var both = new ActorCritic(policy, head);
        using FusedAdamW optimizer = PpoUpdate.Optimizer(both, s_options, ppo);
        var scales = new RunningScales();
        for (int step = 1; step <= 100; step++)
            Step(both, optimizer, ppo, step, scales);
        using IDisposable constant = torch.no_grad();
        Rollout[] asked = [Ask("count"), Ask("ground")];
        torch.Tensor values = both.LogProbsAndValues(asked, s_options.Sampling).Values;
        double[] found = [.. CriticUnits.Numbers(values, ppo).select(1, 0).data<double>()];
        // The scale of a kind is undone as the update does it: the larger return fills the range.
        double[] restored = kind == CriticKind.Mse ? found
            : [.. found.Select((value, i) => value * scales.Largest[s_kinds[i]] / ppo.CriticRange)];
        return Math.Abs(restored[0] - 2) + Math.Abs(restored[1] + 1);
    }

    // The policy stays as it is: its critic alone learns that "count" earns 2 and "ground" -1.
    private static void Step(ActorCritic policy, torch.optim.Optimizer optimizer, PpoOptions ppo, int step, RunningScales scales)
    {
        Prompt[] prompts = [.. s_kinds.Select(Prompt)];
        Rollout[] rollouts = policy.Sample(prompts, 4, s_options.Sampling, new(7, step));
        double[] rewards = [.. rollouts.Select(rollout => rollout.Prompt.Example.Kind == "count" ? 2.0 : -1)];
        PpoUpdate.Apply(policy, optimizer, Updates.Scored(rollouts, rewards), s_options, ppo, 7, step, scales);
    }

    private static readonly GrpoOptions s_options = new()
    { GroupSize = 4, MaxNewTokens = 3, LearningRate = 0.01, MaxGradNorm = 0, Steps = 200 };

    private static PpoOptions Ppo(CriticKind kind, int embedding) => new()
    {
        Critic = kind,
        CriticBins = 21,
        CriticTaskEmbedding = embedding,
        PpoEpochs = 2,
        Minibatches = 1,
        VfCoef = 1,
        ClipRangeValue = 0,
        ValueLearningRate = 0.05,
        CriticWarmup = 150,
    };

    private static ValueHead Head(out TaskEmbedding tasks) => new(
        3, torch.CPU, torch.ScalarType.Float64, 1, tasks = new(s_kinds, 2, 1, torch.CPU, torch.ScalarType.Float64));

    private static void Set(ValueHead head, double[] weights, TaskEmbedding tasks, double[] vectors)
    {
        using IDisposable constant = torch.no_grad();
        _ = head.Parameters[0].Value.copy_(torch.tensor(weights).reshape(1, -1));
        _ = head.Parameters[1].Value.fill_(1);
        _ = tasks.Weight.copy_(torch.tensor(vectors).reshape(2, 2));
    }

    private static Prompt Prompt(string kind) =>
        new(new Example(kind, kind, [], [], Truth.Unknown, ""), kind, [0], null, []);

    private static Rollout Ask(string kind) => new(Prompt(kind), 0, [1], [1], [0], "", StopReason.Length);
}
