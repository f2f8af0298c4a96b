namespace Vlm.Rewards.Learned.Judges;

/// <summary>Which of two answers a judge prefers.</summary>
public enum BetterAnswer
{
    /// <summary>The one that was shown first.</summary>
    First,

    /// <summary>The one that was shown second.</summary>
    Second,

    /// <summary>Neither.</summary>
    Tie,
}

/// <summary>What holds of preferences.</summary>
public static class Preferences
{
    /// <summary>What the same preference is called where the two were shown the other way round.</summary>
    public static BetterAnswer Swapped(this BetterAnswer preference) => preference switch
    {
        BetterAnswer.First => BetterAnswer.Second,
        BetterAnswer.Second => BetterAnswer.First,
        _ => preference,
    };

    /// <summary>What it is worth to the first: 1, 0, or 0.5 for a tie.</summary>
    public static double ToFirst(this BetterAnswer preference) => preference switch
    {
        BetterAnswer.First => 1,
        BetterAnswer.Second => 0,
        _ => 0.5,
    };
}
