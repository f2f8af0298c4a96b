using Vlm;
using Vlm.Rewards;
using Vlm.Rewards.Learned.CoEvolution;

namespace Learned.Tests.CoEvolution;

/// <summary>Questions with one word as their truth, and rollouts to them.</summary>
internal static class Graded
{
    /// <summary>The word that is right for question i; no wrong answer and no wording holds it.</summary>
    public static string Truth(long i) => $"zq{i}x";

    /// <summary>A wrong answer.</summary>
    public static string Wrong(long i, int member) => $"vk{i}n{member}x";

    public static Example Question(long i) => new($"q{i}", "word", [new byte[] { 1 }], [Message.User($"Which word of list {i}?", 1)],
        new Truth.Word(Truth(i)), Truth(i));

    /// <summary>Rollouts of a question: 1 right, 0 wrong, - without an answer, each with some words before its answer.</summary>
    public static Rollout[] Rollouts(long i, string pattern)
    {
        var prompt = new Prompt(Question(i), "", [], null, []);
        return [.. pattern.Select((mark, member) => new Rollout(prompt, member, [], [], [], mark switch
        {
            '1' => $"<think>because {member}</think>{Truth(i)}",
            '0' => $"<think>because {member}</think>{Wrong(i, member)}",
            _ => "<think>and so on",
        }, StopReason.EndOfSequence))];
    }

    public static IReadOnlyList<GradedGroup> Groups(params string[] patterns) =>
        GradedGroup.Of([.. patterns.SelectMany((pattern, i) => Rollouts(i, pattern))], 0);

    /// <summary>The words of an item.</summary>
    public static string Words(this CoEvolutionItem item) => item.On(Question(item.Source)).Question;
}
