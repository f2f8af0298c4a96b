using System.Collections;
using System.Globalization;
using System.Reflection;
using Vlm;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>A function of a user that can be a reward.</summary>
/// <param name="File">Where it stands.</param>
/// <param name="Name">As it is written.</param>
/// <param name="Method">What is called.</param>
/// <param name="IsBatch">It takes and gives lists.</param>
internal sealed record OwnFunction(string File, string Name, MethodInfo Method, bool IsBatch)
{
    private static readonly Type[] s_results = [typeof(double), typeof(float), typeof(int), typeof(bool), typeof(Score)];

    /// <summary>The function, where its arguments and its result are those of a reward; null where they are not.</summary>
    public static OwnFunction? Of(string file, string name, MethodInfo method)
    {
        if (method.GetParameters() is not [var completion, var truth] || method.IsGenericMethodDefinition)
            return null;
        (Type text, Type right, Type result) = (completion.ParameterType, truth.ParameterType, method.ReturnType);
        if (text == typeof(string) && (right == typeof(string) || typeof(Truth).IsAssignableFrom(right)) && s_results.Contains(result))
            return new(file, name, method, IsBatch: false);
        bool lists = text != typeof(string) && text.IsAssignableFrom(typeof(string[]))
            && (right.IsAssignableFrom(typeof(string[])) || right.IsAssignableFrom(typeof(Truth[])))
            && s_results.Any(one => typeof(IEnumerable<>).MakeGenericType(one).IsAssignableFrom(result));
        return lists ? new(file, name, method, IsBatch: true) : null;
    }

    /// <summary>Calls it for one answer.</summary>
    /// <exception cref="TargetInvocationException">It threw.</exception>
    public Score Call(Answer answer, Truth truth)
    {
        Type wanted = Method.GetParameters()[1].ParameterType;
        object given = wanted == typeof(string) ? TextOf(truth)
            : wanted.IsInstanceOfType(truth) ? truth
            : throw new UsageException(
                $"{Name} takes a truth of type {wanted.Name.ToLowerInvariant()}, and this one is {truth.Kind.Name}",
                $"{File}, example {answer.Id}", $"static double {Name}(string text, Truth truth)");
        return Score(Method.Invoke(null, [answer.Completion, given])!);
    }

    /// <summary>Calls it for all answers of a step.</summary>
    /// <exception cref="TargetInvocationException">It threw.</exception>
    public IReadOnlyList<Score> Call(IReadOnlyList<Answer> answers, IReadOnlyList<Truth> truths)
    {
        bool texts = !Method.GetParameters()[1].ParameterType.IsAssignableFrom(typeof(Truth[]));
        object right = texts ? truths.Select(TextOf).ToArray() : truths.ToArray();
        object? result = Method.Invoke(null, [answers.Select(answer => answer.Completion).ToArray(), right]);
        Score[] scores = [.. (result as IEnumerable ?? Array.Empty<double>()).Cast<object>().Select(Score)];
        return scores.Length == answers.Count ? scores : throw new UsageException(
            $"{Name} gave {scores.Length} scores for {answers.Count} answers", File, "one score for each answer, in their order");
    }

    /// <summary>What is right, as a text: a word, a number, a letter, or a box as [x1, y1, x2, y2].</summary>
    private static string TextOf(Truth truth) => truth is Truth.Region { Box: var box }
        ? string.Create(CultureInfo.InvariantCulture, $"[{box.X1:R}, {box.Y1:R}, {box.X2:R}, {box.Y2:R}]")
        : truth.Kind.Write(truth).Text ?? "";

    private Score Score(object result) => result switch
    {
        Score score => score with { Reason = string.IsNullOrWhiteSpace(score.Reason) ? Name : score.Reason },
        bool right => new(right ? 1 : 0, Name),
        _ => new(Convert.ToDouble(result, CultureInfo.InvariantCulture), Name),
    };
}

/// <summary>Finds the one function of a file that is its reward.</summary>
internal static class OwnFunctionFinder
{
    private const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const string Fits = "static double Reward(string text, string truth), or with a Truth, or with lists of both";

    /// <summary>A function that stands in no type; where there is none that fits, a public one of a type.</summary>
    /// <exception cref="UsageException">There is none, or more than one.</exception>
    public static OwnFunction Find(CompiledFile file)
    {
        OwnFunction[] found = [.. file.Functions.SelectMany(name => Local(file, name))];
        if (found.Length == 0)
            found = [.. OfTypes(file)];
        return found switch
        {
            [var only] => only,
            [] => throw new UsageException(
                file.Functions.Count == 0 ? "the file has no function that could be a reward"
                    : $"{string.Join(" and ", file.Functions)} cannot be a reward: other arguments or another result, or not static",
                file.File, Fits),
            _ => throw new UsageException(
                $"{string.Join(" and ", found.Select(one => one.Name))} could each be the reward", file.File,
                "one of them alone, and the others in a static class of their own"),
        };
    }

    // The compiler names a function of the program <Main>$>g__Reward|0_0.
    private static IEnumerable<OwnFunction> Local(CompiledFile file, string name) =>
        file.Assembly.GetTypes().SelectMany(type => type.GetMethods(Static))
            .Where(method => method.Name.Contains($"g__{name}|", StringComparison.Ordinal))
            .Select(method => OwnFunction.Of(file.File, name, method)).OfType<OwnFunction>();

    private static IEnumerable<OwnFunction> OfTypes(CompiledFile file) =>
        file.Assembly.GetTypes().SelectMany(type => type.GetMethods(Static)).Where(method => method.IsPublic)
            .Select(method => OwnFunction.Of(file.File, method.Name, method)).OfType<OwnFunction>();
}
