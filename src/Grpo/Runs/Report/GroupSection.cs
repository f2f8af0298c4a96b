namespace Vlm.Grpo.Reports;

/// <summary>Whole groups of some steps: all answers to a question, best first, with their advantages.</summary>
internal static class GroupSection
{
    private const int MostAnswers = 64, MostLetters = 600;

    /// <summary>The section of a run; where it has no rollouts it says so.</summary>
    public static Html Of(RunView run)
    {
        if (run.Groups.Count == 0)
            return run.Series.Count == 0 ? Html.None
                : new("<p class=\"lead\">This run has no rollouts: it learned from given answers, or sampled none yet.</p>");
        Group[][] steps = [.. run.Groups.GroupBy(group => group.Step).OrderBy(step => step.Key).Select(step => step.ToArray())];
        double most = Math.Max(1e-9, run.Groups.SelectMany(group => group.Members).Select(member => Math.Abs(member.Advantage))
            .Where(double.IsFinite).DefaultIfEmpty(0).Max());
        return Html.Of($"""
            <p class="lead">Answers that were sampled for one question, best first. An answer better than its group has a positive advantage
            and becomes likelier; where all earn the same, nothing is learned from the group.</p>
            {steps.Select((groups, i) => Step(run, groups, most, isOpen: i == 0 || i == steps.Length - 1))}
            """);
    }

    private static Html Step(RunView run, Group[] groups, double most, bool isOpen) => Html.Of($"""
        <details class="step"{(isOpen ? new Html(" open=\"open\"") : Html.None)}><summary>Step {groups[0].Step}</summary>
        {groups.Select(group => One(run, group, most))}
        </details>

        """);

    private static Html One(RunView run, Group group, double most)
    {
        bool flat = group.Members.Count > 1 && group.Members.All(member => member.Answer.Reward.Equals(group.Members[0].Answer.Reward));
        Html zero = flat ? new(" <span class=\"badge flat\">zero variance</span>") : Html.None;
        Html truth = group.Question.Truth is { } right ? Html.Of($"truth <b>{right}</b>, ") : Html.None;
        return Html.Of($"""
            <article class="group">
            {PictureSvg.Of(run, group.Question.Picture, Boxes(group))}
            <div class="text"><h4>{group.Question.Text}</h4>
            <p class="asked">{truth}{group.Question.Id}{zero}</p>
            <div class="scroll" role="region" aria-label="Answers of the group" tabindex="0"><table>
            <thead><tr><th scope="col" class="number">reward</th><th scope="col">advantage</th><th scope="col">answer</th>
            <th scope="col">why</th></tr></thead>
            <tbody>{group.Members.Take(MostAnswers).Select(member => Row(member, most))}</tbody>
            </table></div></div>
            </article>

            """);
    }

    private static IEnumerable<PictureSvg.Drawn> Boxes(Group group)
    {
        foreach (Member member in group.Members.Reverse())
            if (member.Answer.Box is { } box)
                yield return new(box, member.Advantage > 0 ? "member better" : "member",
                    FormattableString.Invariant($"an answer of reward {member.Answer.Reward:0.00}"));
        if (group.Question.TruthBox is { } truth)
            yield return new(truth, "truth", "the true box");
    }

    private static Html Row(Member member, double most)
    {
        string text = member.Answer.Text.Length <= MostLetters ? member.Answer.Text : member.Answer.Text[..MostLetters] + " …";
        string reward = double.IsNaN(member.Answer.Reward) ? "–" : FormattableString.Invariant($"{member.Answer.Reward:0.00}");
        return Html.Of($"""
            <tr><td class="number">{reward}</td>
            <td class="advantage">{Bar(member.Advantage / most)} {member.Advantage:+0.00;−0.00;0.00}</td>
            <td><span class="said">{GallerySection.Shown(text)}</span>
            {(member.Answer.Truncated ? new Html("<span class=\"paid\">cut short</span>") : Html.None)}{CodeList.Of(member.Answer.Codes)}</td>
            <td>{GallerySection.PartList(member.Answer)}</td></tr>

            """);
    }

    // To the right where it is positive, from -1 to 1 over 60 pixels.
    private static Html Bar(double share)
    {
        share = double.IsFinite(share) ? share : 0;
        return Html.Of($"""
            <svg width="60" height="12" aria-hidden="true"><line x1="30" x2="30" y1="0" y2="12" />
            <rect class="{(share < 0 ? "less" : "more")}" x="{30 + (Math.Min(0, share) * 29):0.#}" y="2"
              width="{Math.Abs(share) * 29:0.#}" height="8" /></svg>
            """);
    }
}
