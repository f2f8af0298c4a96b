using Vlm.Rewards;

namespace Vlm.Grpo.Reports;

/// <summary>What became of a run.</summary>
internal enum RunState
{
    /// <summary>It has its result.</summary>
    Finished,

    /// <summary>A process is writing to its folder.</summary>
    Running,

    /// <summary>It was asked to stop, and stopped.</summary>
    Stopped,

    /// <summary>It ended by an error.</summary>
    Ended,

    /// <summary>Its process is gone and said nothing.</summary>
    Killed,
}

/// <summary>What a run is.</summary>
/// <param name="Recipe">What ran.</param>
/// <param name="State">What became of it.</param>
/// <param name="Step">Updates done.</param>
/// <param name="Steps">Updates that were planned; null where nothing says.</param>
/// <param name="Facts">In the order to show.</param>
/// <param name="Command">The command that makes it again; null where unknown.</param>
/// <param name="Resume">The command that goes on; null where nothing can.</param>
internal sealed record RunHead(
    string Recipe, RunState State, long Step, long? Steps, IReadOnlyList<Fact> Facts,
    string? Command, string? Resume);

/// <summary>Something to know of a run.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Values">One value, or as many as there are, such as files of data.</param>
internal sealed record Fact(string Name, IReadOnlyList<string> Values);

/// <summary>Metrics over the steps that have them.</summary>
/// <param name="Name">As it was logged.</param>
/// <param name="Points">Step and value, finite, in the order of steps.</param>
internal sealed record Series(string Name, IReadOnlyList<(long Step, double Value)> Points);

/// <summary>Something that happened at a step.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="IsResume">The run went on from here; otherwise a checkpoint was saved.</param>
internal sealed record Mark(long Step, bool IsResume);

/// <summary>What one reward gave.</summary>
/// <param name="Name">The reward's.</param>
/// <param name="Weight">What it is multiplied by.</param>
/// <param name="Value">NaN where it could not be given.</param>
/// <param name="Reason">Why.</param>
public sealed record Part(string Name, double Weight, double Value, string Reason);

/// <summary>A question with its picture.</summary>
/// <param name="Id">The example's.</param>
/// <param name="Kind">The example's.</param>
/// <param name="Text">What was asked.</param>
/// <param name="Truth">What is right; null where nobody knows.</param>
/// <param name="TruthBox">In pixels of the picture.</param>
/// <param name="Picture">A key of the pictures; null where it is not kept.</param>
public sealed record Question(string Id, string Kind, string Text, string? Truth, Box? TruthBox, string? Picture);

/// <summary>An answer with what it earned.</summary>
/// <param name="Text">The completion.</param>
/// <param name="Truncated">It was cut at the limit of new tokens.</param>
/// <param name="Reward">NaN where it could not be scored.</param>
/// <param name="Reason">Why, in a few words.</param>
/// <param name="Parts">What each reward gave.</param>
/// <param name="Correct">Null where nobody knows.</param>
/// <param name="Box">In pixels of the picture.</param>
/// <param name="Codes">What the policy chose where it acts by codes; null where it acts by tokens.</param>
public sealed record Answered(
    string Text, bool Truncated, double Reward, string Reason, IReadOnlyList<Part> Parts, bool? Correct, Box? Box,
    IReadOnlyList<Coded>? Codes = null);

/// <summary>A code that was taken.</summary>
/// <param name="Code">Its number.</param>
/// <param name="Piece">The text of the token that it brought about, empty for a special token; null in runs of earlier versions.</param>
public readonly record struct Coded(long Code, string? Piece);

/// <summary>A held-out question with its answers before and after.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Before">Null in what only measures.</param>
/// <param name="After">The last answer.</param>
internal sealed record Compared(Question Question, Answered? Before, Answered After);

/// <summary>A mean over a kind of questions with its interval of 95 %.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Low">Where the interval begins.</param>
/// <param name="High">Where it ends.</param>
/// <param name="Count">Questions behind it.</param>
internal readonly record struct Estimate(double Value, double Low, double High, int Count);

/// <summary>A row of before and after.</summary>
/// <param name="Name">A kind of questions, or a metric of all.</param>
/// <param name="Before">Null where it was not measured.</param>
/// <param name="After">Null where it was not measured.</param>
/// <param name="IsShare">0 to 1, shown in percent.</param>
internal sealed record ResultRow(string Name, Estimate? Before, Estimate? After, bool IsShare);

/// <summary>One of the answers of a group.</summary>
/// <param name="Answer">With what it earned.</param>
/// <param name="Advantage">Against its group.</param>
public sealed record Member(Answered Answer, double Advantage);

/// <summary>The answers to one question in one step.</summary>
/// <param name="Step">The step.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Members">Best first.</param>
public sealed record Group(long Step, Question Question, IReadOnlyList<Member> Members);

/// <summary>How often a reward gave each of its reasons, over the run.</summary>
/// <param name="Reward">Its name.</param>
/// <param name="Spans">First and last step of each part of the run.</param>
/// <param name="Counts">Reason to counts in each part, most frequent first.</param>
internal sealed record Reasons(
    string Reward, IReadOnlyList<(long First, long Last)> Spans, IReadOnlyList<(string Reason, long[] Counts)> Counts);

/// <summary>How often each code was taken in the first and in the last part of a run, and what it brought about.</summary>
/// <param name="First">Code to count.</param>
/// <param name="Last">Code to count.</param>
/// <param name="Tokens">Code to texts of tokens with their counts over the whole run; empty in runs of earlier versions.</param>
internal sealed record CodeUsage(
    IReadOnlyDictionary<long, long> First, IReadOnlyDictionary<long, long> Last,
    IReadOnlyDictionary<long, IReadOnlyDictionary<string, long>> Tokens);

/// <summary>Something to know about the health of a run.</summary>
/// <param name="IsProblem">Something to look at; otherwise it was looked at and is fine.</param>
/// <param name="Title">A few words.</param>
/// <param name="Found">What was found, with numbers.</param>
/// <param name="Try">What to try; empty where it is fine.</param>
internal sealed record Finding(bool IsProblem, string Title, string Found, string Try);

/// <summary>A picture that pages embed.</summary>
/// <param name="File">PNG or JPEG.</param>
/// <param name="Width">Pixels that boxes refer to.</param>
/// <param name="Height">Rows of them.</param>
internal sealed record Picture(byte[] File, int Width, int Height)
{
    /// <summary>The file as an address that needs no network.</summary>
    public string Address => $"data:image/{(File is [0x89, ..] ? "png" : "jpeg")};base64,{Convert.ToBase64String(File)}";
}

/// <summary>One of the methods that a run compared; NaN is for what is not known of it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Greedy">Mean reward of greedy answers.</param>
/// <param name="Sampled">Mean reward of sampled answers.</param>
/// <param name="BestOfGroup">Mean of the best reward of a group.</param>
/// <param name="Nats">Entropy over tokens of a sampled answer.</param>
/// <param name="Trainable">Numbers that were trained.</param>
/// <param name="CpuSeconds">Of its steps, of all cores.</param>
/// <param name="Frontier">Reward of sampled answers against nats, by rising nats; none where it was not measured.</param>
/// <param name="Kept">What its codes keep of tokens; null where actions are tokens.</param>
internal sealed record MethodRow(string Name, double Greedy, double Sampled, double BestOfGroup, double Nats, double Trainable,
    double CpuSeconds, IReadOnlyList<(double Nats, double Reward)> Frontier, KeptEffects? Kept);

/// <summary>What a policy over codes keeps of one over tokens, see <see cref="Vlm.LatentActions.EffectReport"/>.</summary>
internal sealed record KeptEffects(double RepresentationGap, double CloningGap, double Agreement, double BestAgreement, double Coverage,
    double Reachable);

/// <summary>Everything that a report shows of a run.</summary>
/// <param name="Folder">The folder, as it was named.</param>
/// <param name="Name">The folder's own name.</param>
/// <param name="Head">What it is.</param>
/// <param name="Series">Every metric, by its name.</param>
/// <param name="Marks">Checkpoints and resumes.</param>
/// <param name="Results">Before and after.</param>
/// <param name="HeldOut">Some of the held-out questions, with pictures where these are kept.</param>
/// <param name="HeldOutCount">How many there are.</param>
/// <param name="Outcomes">How many held-out questions were fixed, broken and so on.</param>
/// <param name="Groups">Whole groups of some steps.</param>
/// <param name="Rollouts">How many rollouts there are.</param>
/// <param name="Reasons">Of each reward.</param>
/// <param name="Codes">Null where the policy acts by tokens.</param>
/// <param name="Health">Problems first.</param>
/// <param name="OverOptimization">A drawing of the learned and the gold reward; null where there is no gold reward.</param>
/// <param name="Pictures">By key.</param>
internal sealed record RunView(
    string Folder, string Name, RunHead Head, IReadOnlyDictionary<string, Series> Series, IReadOnlyList<Mark> Marks,
    IReadOnlyList<ResultRow> Results,
    IReadOnlyList<Compared> HeldOut, int HeldOutCount, IReadOnlyDictionary<Outcome, int> Outcomes, IReadOnlyList<Group> Groups,
    long Rollouts,
    IReadOnlyList<Reasons> Reasons, CodeUsage? Codes, IReadOnlyList<Finding> Health, string? OverOptimization,
    IReadOnlyDictionary<string, Picture> Pictures)
{
    /// <summary>Methods that the run compared.</summary>
    public IReadOnlyList<MethodRow> Methods { get; init; } = [];
}

/// <summary>What became of a held-out question.</summary>
internal enum Outcome
{
    /// <summary>Wrong before, right after.</summary>
    Fixed,

    /// <summary>Right before, wrong after.</summary>
    Broken,

    /// <summary>Wrong before and after.</summary>
    StillWrong,

    /// <summary>Right before and after.</summary>
    StillRight,

    /// <summary>Right, where nothing was asked before.</summary>
    Right,

    /// <summary>Wrong, where nothing was asked before.</summary>
    Wrong,

    /// <summary>Nobody knows what is right.</summary>
    Unknown,
}
