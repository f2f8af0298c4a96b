using TorchSharp;
using Vlm.Engine;
using Vlm.Grpo.Tests.Adapters;
using Vlm.Images;
using Vlm.Layers;

namespace Vlm.Grpo.Tests.Step;

public sealed class WholeSequenceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-sequences-").FullName;
    private readonly TrainableModel _learner;

    public WholeSequenceTests()
    {
        TinyRun.Make(Path.Combine(_folder, "model"));
        _learner = TrainableModel.Load(Path.Combine(_folder, "model"), new(), torch.CPU, seed: 4, logger: null);
    }

    public void Dispose()
    {
        _learner.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private int ImageToken => _learner.Base.Model.ImageToken;

    // A prompt with rules, a picture of 16 places and a question; what is masked are these 16 and the first token.
    [Fact]
    public void The_mask_leaves_out_the_visual_tokens_and_no_other()
    {
        Prompt sequence = Sequence("which one", "that one");

        bool[] mask = WholeSequenceUpdate.Mask(sequence.Tokens, ImageToken);

        Assert.Equal(16, sequence.Tokens.Count(token => token == ImageToken));
        Assert.Equal(sequence.Tokens.Select((token, t) => t > 0 && token != ImageToken), mask);
        Assert.Equal(sequence.Tokens.Length - 17, mask.Count(one => one));
    }

    // Token by token, from the logits of the place before: the sum over what the mask says.
    [Fact]
    public void The_loss_is_the_sum_over_the_mask()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable off = torch.no_grad();
        Prompt sequence = Sequence("which one", "that one");
        torch.Tensor hidden = _learner.Base.Model.Prefill([sequence], new KvCache(_learner.Base.Model.Layers)).Hidden;
        torch.Tensor logs = _learner.Base.Model.Logits(hidden).log_softmax(-1);

        double expected = -WholeSequenceUpdate.Mask(sequence.Tokens, ImageToken).Index().Where(one => one.Item)
            .Sum(one => logs[0, one.Index - 1, sequence.Tokens[one.Index]].item<float>());

        Assert.Equal(expected, WholeSequenceUpdate.Loss(_learner.Base.Model, [sequence]).item<float>(), 1e-2);
    }

    // What an answer adds to a sequence is what the policy says of it after the prompt: another path through the model, in which tokens that
    // are never sampled have no share.
    [Fact]
    public void An_answer_adds_what_the_policy_says_of_it()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable off = torch.no_grad();
        Prompt prompt = Ask("which one");
        int[] answer = _learner.Base.Processor.Completion("this one");
        double said = _learner.Policy.LogProbs([SupervisedUpdate.Target(prompt, answer)], new Sampling()).LogProbs.sum().item<float>();

        Assert.Equal(-said, Loss(WholeSequenceUpdate.Sequence(prompt, answer)) - Loss(prompt), 0.05);
    }

    [Fact]
    public void Sequences_of_unlike_length_do_not_touch_one_another()
    {
        Prompt one = Sequence("which one", "this one"), other = Sequence("which one is it and which is not", "that one over there");
        Assert.NotEqual(one.Tokens.Length, other.Tokens.Length);

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable off = torch.no_grad();
        Assert.Equal(Loss(one) + Loss(other), WholeSequenceUpdate.Loss(_learner.Base.Model, [one, other]).item<float>(), 1e-2);
    }

    // The gradient does not depend on how the step is cut, and updates learn the rules themselves.
    [Fact]
    public void An_update_lowers_the_loss_of_rules_and_answers_together()
    {
        Prompt[] sequences = [Sequence("which one", "this one"), Sequence("which one is it", "that one")];
        UpdateOptions options = new() { LearningRate = 0.01, Steps = 10, MicroBatchSize = 1 };
        FusedAdamW optimizer = OptimizerStep.Create(_learner.Policy, options);
        StepStats[] stats = [.. Enumerable.Range(1, 4).Select(step =>
            WholeSequenceUpdate.Apply(_learner.Base.Model, _learner.Policy, optimizer, sequences, options, step))];

        Assert.True(stats[^1][Metric.Loss] < stats[0][Metric.Loss] - 0.5, $"{stats[0][Metric.Loss]} to {stats[^1][Metric.Loss]}");
        Assert.InRange(stats[0][Metric.Loss], 3, 8);       // about ln of the vocabulary, a mean over tokens
    }

    // A mean over the tokens of both, whose numbers differ, however they are cut; one token alone is predicted by nothing.
    [Fact]
    public void The_loss_of_a_step_is_a_mean_over_all_its_tokens_at_any_micro_batch()
    {
        Prompt[] sequences = [Sequence("which one", "this one"), Sequence("which one is it and which is not", "that one over there")];
        double count = sequences.Sum(sequence => WholeSequenceUpdate.Mask(sequence.Tokens, ImageToken).Count(one => one)), expected;
        using (DisposeScope scope = torch.NewDisposeScope())
        using (torch.no_grad())
            expected = sequences.Sum(Loss) / count;
        foreach (int microBatch in new[] { 1, 2 })
        {
            UpdateOptions options = new() { LearningRate = 1e-9, Steps = 10, MicroBatchSize = microBatch };
            StepStats stats = WholeSequenceUpdate.Apply(
                _learner.Base.Model, _learner.Policy, OptimizerStep.Create(_learner.Policy, options), sequences, options, 1);
            Assert.Equal(expected, stats[Metric.Loss], 1e-3);
        }

        Assert.Throws<ArgumentException>(() => WholeSequenceUpdate.Apply(_learner.Base.Model, _learner.Policy,
            OptimizerStep.Create(_learner.Policy, new()), [new Prompt("one", "", [5], null, [])], new UpdateOptions(), 1));
    }

    private double Loss(Prompt sequence) => WholeSequenceUpdate.Loss(_learner.Base.Model, [sequence]).item<float>();

    private Prompt Sequence(string question, string answer) =>
        WholeSequenceUpdate.Sequence(Ask(question), _learner.Base.Processor.Completion(answer));

    private Prompt Ask(string question) => _learner.Base.Processor.Prompt(PrivilegedContext.On(
        Example.Ask([Message.User(question, 1)], [ImageSource.FromImage(new RgbImage(64, 64, new byte[64 * 64 * 3]))]), "over there is this one"));
}
