using System.Globalization;
using Spectre.Console;
using Vlm;
using Vlm.Grpo.Reports;

namespace Recipes.Cli;

/// <summary>Rollouts of a step as text for a terminal.</summary>
public static class StepText
{
    /// <summary>Writes groups of a step.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="screen">What that can show.</param>
    /// <param name="rollouts">The step.</param>
    /// <param name="limit">Most groups.</param>
    /// <param name="prompt">A part of the ids of the groups that are wanted; null for all.</param>
    /// <param name="style">How pictures are drawn.</param>
    /// <param name="lines">Most lines of an answer.</param>
    /// <exception cref="UsageException">No group has such an id.</exception>
    public static void Write(
        TextWriter output, Screen screen, StepRollouts rollouts, int limit, string? prompt = null,
        PictureStyle style = PictureStyle.Auto, int lines = 12)
    {
        ArgumentNullException.ThrowIfNull(screen);
        ArgumentNullException.ThrowIfNull(rollouts);
        (int Number, Group Group)[] found = [.. rollouts.Groups.Index()
            .Where(group => prompt is null || group.Item.Question.Id.Contains(prompt, StringComparison.OrdinalIgnoreCase))];
        if (found.Length == 0)
            throw new UsageException($"no prompt of step {rollouts.Step} has '{prompt}' in its id",
                $"--prompt {prompt}", $"--prompt {rollouts.Groups[0].Question.Id}");
        double most = Math.Max(1e-9, rollouts.Groups.SelectMany(group => group.Members).Select(member => Math.Abs(member.Advantage))
            .Where(double.IsFinite).DefaultIfEmpty(0).Max());
        var text = new GroupText(screen, style, lines);
        string dot = screen.Unicode ? "·" : "-";
        ScreenLine.Write(output, screen.Colours, [.. Head(rollouts, screen.Width), .. found.Take(limit).SelectMany(one => text.Lines(
            $"{one.Number + 1} of {rollouts.Groups.Count} {dot} {one.Group.Question.Id} {dot} {one.Group.Question.Kind}",
            one.Group, rollouts.Picture(one.Group), most))]);
        if ((style == PictureStyle.Auto ? screen.Style : style) != PictureStyle.None && rollouts.PicturedStep is { } pictured && pictured != rollouts.Step
            && found.Take(limit).All(one => one.Group.Question.Picture is null))
            output.WriteLine($"no picture was kept of this step; the nearest one with pictures: --step {pictured}");
        if (found.Length > limit)
            output.WriteLine($"{limit} of {GroupText.Count(found.Length, "group")}; all of them: --limit {found.Length}");
    }

    private static IEnumerable<ScreenLine> Head(StepRollouts rollouts, int width)
    {
        Member[] members = [.. rollouts.Groups.SelectMany(group => group.Members)];
        double[] rewards = [.. members.Select(member => member.Answer.Reward).Where(double.IsFinite)];
        int flat = rollouts.Groups.Count(group => group.Members.Count > 1
            && group.Members.All(member => member.Answer.Reward.Equals(group.Members[0].Answer.Reward)));
        string mean = rewards.Length == 0 ? "none scored" : string.Create(CultureInfo.InvariantCulture, $"mean reward {rewards.Average():0.00}");
        string same = flat == 0 ? "" : $", {GroupText.Count(flat, "group")} of equal rewards";
        string many = $"{GroupText.Count(members.Length, "answer")} in {GroupText.Count(rollouts.Groups.Count, "group")}";
        string head = $"step {rollouts.Step} (of {rollouts.Steps}): {many}, {mean}{same}";
        return [.. ScreenLine.Wrap(head, width).Select(line => new ScreenLine(line)), new ScreenLine("")];
    }
}
