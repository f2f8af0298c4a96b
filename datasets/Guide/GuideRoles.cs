namespace Vlm.Datasets;

/// <summary>Who listens to a guide, and which plan each wants to hear. No text and no prompt says which.</summary>
public static class GuideRoles
{
    private static readonly (string Role, GuidePlan Wanted)[] s_table =
    [
        ("captain", new(GuideOpener.Announce, GuideOrder.LeftToRight, GuideAttributes.SizeAndPlace, GuideAddress.None,
            GuideClosing.Summarise, GuideRegister.Formal)),
        ("nurse", new(GuideOpener.Greet, GuideOrder.TopToBottom, GuideAttributes.Plain, GuideAddress.Role,
            GuideClosing.Advise, GuideRegister.Plain)),
        ("farmer", new(GuideOpener.Ask, GuideOrder.LargestFirst, GuideAttributes.Size, GuideAddress.Role,
            GuideClosing.Invite, GuideRegister.Playful)),
        ("poet", new(GuideOpener.Exclaim, GuideOrder.TopToBottom, GuideAttributes.Place, GuideAddress.None,
            GuideClosing.Farewell, GuideRegister.Playful)),
        ("pilot", new(GuideOpener.Announce, GuideOrder.LeftToRight, GuideAttributes.Place, GuideAddress.None,
            GuideClosing.Advise, GuideRegister.Plain)),
        ("chef", new(GuideOpener.Greet, GuideOrder.LargestFirst, GuideAttributes.Size, GuideAddress.Role,
            GuideClosing.Farewell, GuideRegister.Formal)),
        ("monk", new(GuideOpener.Ask, GuideOrder.LeftToRight, GuideAttributes.Plain, GuideAddress.Role,
            GuideClosing.Summarise, GuideRegister.Formal)),
        ("pirate", new(GuideOpener.Exclaim, GuideOrder.TopToBottom, GuideAttributes.SizeAndPlace, GuideAddress.None,
            GuideClosing.Invite, GuideRegister.Playful)),
    ];

    private const int Taught = 6;

    /// <summary>All eight: base data is told to each of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. s_table.Select(row => row.Role)];

    /// <summary>The six that reinforcement pays for.</summary>
    public static IReadOnlyList<string> Reinforced { get; } = [.. All.Take(Taught)];

    /// <summary>The two that it never meets: out of distribution.</summary>
    public static IReadOnlyList<string> HeldOut { get; } = [.. All.Skip(Taught)];

    /// <summary>The plan that a role wants.</summary>
    /// <param name="role">One of <see cref="All"/>.</param>
    /// <exception cref="ArgumentException">There is no such role.</exception>
    public static GuidePlan Wanted(string role) => Array.FindIndex(s_table, row => row.Role == role) is >= 0 and var at
        ? s_table[at].Wanted
        : throw new ArgumentException($"there is no role '{role}'; roles are {string.Join(", ", All)}", nameof(role));
}
