using TorchSharp;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo.Tests.Latent;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using static TorchSharp.torch;

namespace Vlm.Grpo.Tests.Imitation;

/// <summary>A policy over tokens learns what a policy over codes chooses.</summary>
public sealed class EffectDistillationTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // q .75 on token 2 and .25 on token 0; p .5, .25, .25: KL = .75 log 3 + .25 log .5 = .650672; equal at the other place.
    [Fact]
    public void The_loss_is_the_divergence_from_the_teachers_tokens()
    {
        Tensor p = tensor(new[] { 0.5, 0.25, 0.25, 0.5, 0.25, 0.25 }).log().view(2, 3).requires_grad_();
        var teacher = new TokenEffects(tensor(new long[] { 2, 0, -5, 0, 1, 2 }).view(2, 3),
            tensor(new[] { 0.75, 0.25, 0, 0.5, 0.25, 0.25 }).view(2, 3), tensor(new long[] { 0, 1 }));

        Tensor loss = EffectDistillation.Loss(teacher, new ActionDistributions(p, tensor(new long[] { 0, 1 })));
        loss.backward();

        Assert.Equal(0.650672 / 2, loss.item<double>(), 1e-6);
        Assert.Equal([-0.125, 0, -0.375, -0.25, -0.125, -0.125], p.grad!.data<double>().ToArray().Select(value => Math.Round(value, 9)));
        Assert.Throws<ArgumentException>(() => EffectDistillation.Loss(teacher, new ActionDistributions(p, tensor(new long[] { 0 }))));
    }

    // Until the student answers as the teacher: the divergence falls to a tenth, and greedy answers become the teacher's.
    [Fact]
    public void A_student_comes_to_choose_as_the_codes_do()
    {
        LatentPolicy teacher = ToyLatent.Policy(new() { Greedy = GreedyCode.MostProbableToken });
        SmolVlmModel model = ToyLatent.Base();
        var student = new TokenPolicy(model, tokens => string.Join(' ', tokens), [1, 2, 3]);
        var update = new UpdateOptions { Steps = 60, LearningRate = 1e-2, WarmupSteps = 0 };
        FusedAdamW optimizer = OptimizerStep.Create(student, update);
        var sampling = new Sampling { MaxNewTokens = 3 };
        var before = ToyLatent.Weights(teacher);
        var losses = new List<double>();
        for (int step = 1; step <= 60; step++)
        {
            Rollout[] rollouts = teacher.Sample(ToyLatent.Prompts, 8, sampling, new SampleKey(1, step));
            losses.Add(EffectDistillation.Apply(
                student, optimizer, part => teacher.Effects(part, sampling), rollouts, update, step)[Metric.Loss]);
        }

        Assert.True(losses[^5..].Average() < 0.1 * losses[0], $"{losses[0]} to {losses[^1]}");
        Assert.Equal(Answers(teacher), Answers(student));
        foreach ((string name, float[] values) in ToyLatent.Weights(teacher))
            Assert.Equal(before[name], values);

        string[] Answers(ISampler policy) => [.. policy.Sample(
            ToyLatent.Prompts, 1, sampling with { Greedy = true }, default).Select(rollout => string.Join(' ', rollout.Tokens))];
    }
}
