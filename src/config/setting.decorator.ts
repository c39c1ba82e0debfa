import 'reflect-metadata';

/** What the README's table and the boot messages say of one environment variable. */
export interface SettingDescription {
  readonly property: string;
  readonly variable: string;
  readonly description: string;
}

const descriptions: SettingDescription[] = [];

/** Binds a property of {@link Settings} to the environment variable that fills it. */
export function Setting(variable: string, description: string): PropertyDecorator {
  return (_target, property) => {
    descriptions.push({ property: String(property), variable, description });
  };
}

/** Every setting, in the order of its declaration. */
export function settingDescriptions(): readonly SettingDescription[] {
  return descriptions;
}
