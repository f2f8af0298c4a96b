using Vlm;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>A reward that a user wrote in a C# file of its own: one static function.</summary>
/// <remarks>
/// <para><c>static double Reward(string text, string truth) => text.Contains(truth) ? 1 : 0;</c> is a whole file. The truth may be a
/// <see cref="Truth"/> instead, or one of its kinds; the result a double, a bool or a <see cref="Score"/>; and both arguments and the
/// result lists, where the function looks at all answers of a step together. Usings are those of a file-based program, with Vlm and
/// Vlm.Rewards.</para>
/// <para>The file is code and runs with the rights of the user: only a file that the user names is compiled, never one that data
/// names.</para>
/// </remarks>
public static class OwnReward
{
    /// <summary>What a call may take unless the user says otherwise, in seconds.</summary>
    public const double DefaultTimeout = 60;

    private const string Extension = ".cs";

    /// <summary>True where a name is that of a file, and not of a row of the table.</summary>
    public static bool IsFile(string name) => name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Compiles the file, once, and makes a reward of its function.</summary>
    /// <param name="path">The file; its name without the extension becomes the reward's.</param>
    /// <param name="timeout">The most that one call may take.</param>
    /// <exception cref="UsageException">
    /// The file cannot be read, does not compile, or has no function that fits, or several. Later, from the reward: the function threw,
    /// gave a number that is not finite, or took too long; never turned into a score.
    /// </exception>
    public static Reward Compile(string path, TimeSpan timeout)
    {
        OwnFunction function = OwnFunctionFinder.Find(OwnRewardCompiler.Compile(path));
        var calls = new OwnRewardCalls(function, timeout);
        return Reward.OfBatch(NameOf(path), calls.Score);
    }

    /// <summary>Reads rewards with their weights: names of the table, and files.</summary>
    /// <param name="specs">"iou", "acc@0.5:0.5", "0.5 iou + 0.5 acc@0.5", "mine.cs:0.5".</param>
    /// <param name="timeout">The most that one call of a file's function may take.</param>
    /// <param name="where">What messages point at.</param>
    /// <exception cref="UsageException">As <see cref="Compile"/>; a name that is in no row, or twice; a weight that is no number.</exception>
    public static RewardSet ReadSet(IReadOnlyList<string> specs, TimeSpan timeout, string where)
    {
        string[] parts = [.. specs.SelectMany(spec => IsFile(spec.Split(':')[0]) ? [spec] : spec.Split('+'))];
        return RewardSet.Parse(
            parts, name => IsFile(name) ? Compile(name, timeout) : Reward.Find(name, where), accuracy: null, where);
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return Reward.Table.Contains(name) ? Path.GetFileName(path) : name;
    }
}
